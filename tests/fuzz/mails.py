"""A campaign of mutants: tried in several processes, tallied, and what was found made small and kept."""

from __future__ import annotations

import hashlib
import logging
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from maild import log
from maild.policy.rules import Rules
from tests.fuzz.bench import WAYS, Bench, Case, Finding, Outcome
from tests.fuzz.mutate import mutant
from tests.fuzz.rules import FUZZED, LENIENT, STRICT
from tests.fuzz.seeds import FOUND, seeds

CHUNK = 250
MEMORY = 4 * 1024 * 1024 * 1024
_SHARED_MEMORY = Path("/dev/shm")  # the store syncs each commit; what is tried here is no disk
_USUAL = ("helpdesk",) * 12
_TURNS = (FUZZED, LENIENT, STRICT)
_KEPT = 20
_TRIES = 400


@dataclass(slots=True)
class Tally:
    """What became of the mails so far; addable, so that processes can count apart."""

    mails: int = 0
    seconds: float = 0.0
    dispositions: Counter[str] = field(default_factory=Counter)
    templates: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_name: str = ""
    findings: list[Finding] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Count one mail."""
        self.mails += 1
        self.seconds += outcome.seconds
        self.dispositions[outcome.disposition] += 1
        self.templates.update(outcome.templates)
        self.kinds.update({finding.kind for finding in outcome.findings})
        self.findings += outcome.findings
        if outcome.seconds > self.slowest:
            self.slowest, self.slowest_name = outcome.seconds, outcome.case.name

    def add(self, other: Tally) -> None:
        """Count what another process counted."""
        self.mails += other.mails
        self.seconds += other.seconds
        self.dispositions += other.dispositions
        self.templates += other.templates
        self.kinds += other.kinds
        self.findings += other.findings
        if other.slowest > self.slowest:
            self.slowest, self.slowest_name = other.slowest, other.slowest_name

    @property
    def quarantined(self) -> float:
        """Return the part of the mails that went to quarantine."""
        return self.dispositions["quarantined"] / max(self.mails, 1)

    def table(self) -> str:
        """Return the figures as lines for people."""
        rows = [f"{'mails':26}{self.mails:>8}"]
        rows += [f"  {name:24}{count:>8}  {count / max(self.mails, 1):.1%}" for name, count in self.dispositions.most_common()]
        rows += [f"{'mails out, each checked':26}{self.templates.total():>8}"]
        rows += [f"  {name:24}{count:>8}" for name, count in self.templates.most_common()]
        rows += [f"{'findings':26}{len(self.findings):>8}", *(f"  {kind:24}{count:>8}" for kind, count in self.kinds.most_common())]
        mean = 1000 * self.seconds / max(self.mails, 1)
        rows.append(f"reading one mail: {mean:.1f} ms on average, {1000 * self.slowest:.0f} ms at most ({self.slowest_name})")
        return "\n".join(rows)


def mutants(seed: int, first: int, count: int) -> Iterator[Case]:
    """Yield the mutants ``first`` to ``first + count`` of the run ``seed``, each with a way of its own."""
    raws = [case.raw for case in seeds()]
    for number in range(first, first + count):
        way = random.Random(f"way {seed}:{number}").choice((*_USUAL, *WAYS))
        yield Case(raw=mutant(raws, seed=seed, number=number), way=way, name=f"mutant {seed}:{number}")


def try_mails(cases: Iterable[Case], *, hurried: bool = False, rules: Rules = FUZZED) -> Tally:
    """Return the tally of ``cases`` on a new store."""
    tally = Tally()
    for outcome in outcomes(list(cases), hurried=hurried, rules=rules):
        tally.count(outcome)
    return tally


def outcomes(cases: Sequence[Case], *, url: str = "", hurried: bool = False, rules: Rules = FUZZED) -> list[Outcome]:
    """Return what became of each of ``cases`` on a new bench; what is wrong with its store is a finding of the last.

    The store is a new SQLite file where no ``url`` names another.
    """
    logging.disable()  # as the parser process does: libraries log what they choke on
    with tempfile.TemporaryDirectory(prefix="maild-fuzz-", dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None) as folder:
        bench = Bench(url or f"sqlite:///{folder}/maild.db", hurried=hurried, rules=rules)
        try:
            *others, last = bench.judge(cases)
            of_the_store = tuple(Finding(kind="store", text=text, case=last.case) for text in bench.settle())
            return [*others, replace(last, findings=last.findings + of_the_store)]
        finally:
            bench.close()
            logging.disable(logging.NOTSET)
            log.silence()


def _try_chunk(seed: int, first: int, count: int) -> Tally:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    return try_mails(mutants(seed, first, count), hurried=True, rules=_TURNS[first // CHUNK % len(_TURNS)])


def campaign(
    *, mails: int, seed: int, processes: int, seconds: float = float("inf"), tell: Callable[[Tally], None] = lambda tally: None
) -> Tally:
    """Return the tally of ``mails`` mutants, or of as many as can be tried in ``seconds``; ``tell`` hears of it after each chunk."""
    tally, end = Tally(), time.monotonic() + seconds
    firsts = iter(range(0, mails, CHUNK))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running: dict[Future[Tally], int] = {}
        while True:
            while len(running) <= processes and time.monotonic() < end and (first := next(firsts, None)) is not None:
                running[pool.submit(_try_chunk, seed, first, min(CHUNK, mails - first))] = first
            if not running:
                return tally
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                _collect(tally, done, seed, running.pop(done))
                tell(tally)


def _collect(tally: Tally, done: Future[Tally], seed: int, first: int) -> None:
    try:
        tally.add(done.result())
    except BrokenProcessPool:
        case = next(mutants(seed, first, 1))
        tally.findings.append(Finding(kind="death", text=f"the process died over one of the mutants from {first}", case=case))
        raise


def keep(findings: Sequence[Finding], folder: Path = FOUND) -> list[Path]:
    """Return the files that hold the found cases, made small: one for each kind of thing, so many at most."""
    files: dict[tuple[str, str], Path] = {}
    for finding in findings:
        key = _sign(finding)
        if key not in files and len(files) < _KEPT:
            raw = smaller(finding)
            folder.mkdir(parents=True, exist_ok=True)
            files[key] = folder / f"{finding.case.way}-{hashlib.sha256(raw).hexdigest()[:12]}.eml"
            files[key].write_bytes(raw)
    return list(files.values())


def smaller(finding: Finding, tries: int = _TRIES) -> bytes:
    """Return a mail that still shows ``finding``, by leaving out ever smaller runs of lines and then of bytes."""
    raw, sign = finding.case.raw, _sign(finding)
    for unit in (_lines, _bytes):
        size = len(unit(raw)) // 2
        while size and tries > 0:
            at = 0
            while at < len(unit(raw)) and tries > 0:
                pieces = unit(raw)
                candidate = b"".join(pieces[:at] + pieces[at + size :])
                tries -= 1
                if _shows(candidate, finding, sign):
                    raw = candidate
                else:
                    at += size
            size //= 2
    return raw


def _shows(raw: bytes, finding: Finding, sign: tuple[str, str]) -> bool:
    case = Case(raw=raw, way=finding.case.way, name=finding.case.name)
    return any(_sign(each) == sign for each in try_mails([case]).findings)


def _sign(finding: Finding) -> tuple[str, str]:
    """Return what makes two findings the same: the kind, and the sentence without what it quotes."""
    return finding.kind, finding.text.partition(": ")[0][:60]


def _lines(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True)


def _bytes(raw: bytes) -> list[bytes]:
    return [raw[at : at + 8] for at in range(0, len(raw), 8)]
