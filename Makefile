# maild: each target is one command on a machine with git, make and Python 3.11 or newer.
#   make run     set up and start the helpdesk on loopback (SQLite, mails out into a Maildir)
#   make test    set up, install the real servers where this machine lets us, and run every test
# The rest: check (before each commit), demo, bench, faults, fuzz, accuracy, lock, versions, clean.

PYTHON ?= python3
VENV   ?= .venv
STATE  ?= var/maild
PYTEST_ARGS ?=
BENCH_ARGS ?=
# Per cent of lines and branches that the tests must run: of everything, and of mail/ and policy/. Raise them, never lower them.
COVERAGE      := 95
COVERAGE_PURE := 97

BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint quick servers demo bench faults fuzz accuracy lock versions clean

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

setup: $(READY)

# Only when the lock or the package's definition changed. uv is used where it is there, else venv and pip.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "maild needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@if [ ! -x $(BIN)/python ]; then \
	  echo "Making $(VENV) with $$($(PYTHON) --version)" >&2; \
	  if command -v uv >/dev/null 2>&1; then uv venv -q --python "$$(command -v $(PYTHON))" $(VENV); \
	  elif ! $(PYTHON) -m venv $(VENV) 2>$(VENV).log; then \
	    rm -rf $(VENV); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; fi; \
	    $(PYTHON) -m venv $(VENV) || { echo "Python cannot make a venv: install your system's python3-venv package." >&2; exit 1; }; \
	  fi; rm -f $(VENV).log; fi
	@echo "Installing what requirements.lock names into $(VENV)" >&2
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock && \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(READY)

run: $(READY)
	@$(BIN)/maild init --keep $(STATE)
	@exec $(BIN)/maild run --config $(STATE)

test: $(READY) servers
	$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/coverage report --format=total --fail-under=$(COVERAGE)
	$(BIN)/coverage report --format=total --include='maild/mail/*,maild/policy/*' --fail-under=$(COVERAGE_PURE)

check: lint quick

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: $(READY)
	$(BIN)/pytest -q -m "not slow and not postgres and not postfix and not dovecot and not chromium" $(PYTEST_ARGS)

servers:
	@sh tests/servers/install.sh

demo: $(READY)
	@$(BIN)/python -m tests.demo

bench: $(READY)
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

faults: $(READY) servers
	@$(BIN)/python -m tests.faults

fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz

accuracy: $(READY)
	@$(BIN)/python -m tests.accuracy

# The quick tests on every Python that maild supports and this machine has.
versions:
	@for version in 3.11 3.12 3.13; do \
	  if python$$version --version >/dev/null 2>&1; then \
	    $(MAKE) --no-print-directory quick PYTHON=python$$version VENV=.venv-$$version || exit 1; \
	  else echo "python$$version is not here: left out"; fi; done

# Versions with hashes and without hosts; UPGRADE=1 takes newer versions.
lock:
	@command -v uv >/dev/null 2>&1 || { echo "make lock needs uv (pip install uv)" >&2; exit 1; }
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade,) -q -o requirements.lock
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.lock

clean:
	rm -rf $(VENV) .venv-3.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist
