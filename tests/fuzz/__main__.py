"""``python -m tests.fuzz``: mutated mails and dialogues, with their figures; ``make fuzz``.

What a mail's mutant brings to light is made small and kept in ``tests/corpus/found``, where a test replays it from then on. The defaults of
the options are MAILD_MAILS, MAILD_DIALOGUES, MAILD_SECONDS, MAILD_SEED and MAILD_PROCESSES.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import dialogues, mails

PROGRESS = 5_000  # mails
MOST_QUARANTINED = 0.02


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where nothing was found and no more than 2 % of the mails went to quarantine."""
    asked = _options().parse_args(arguments)
    seed = asked.seed or random.SystemRandom().randrange(1, 1_000_000)
    began = time.monotonic()
    print(f"{asked.mails} mails and {asked.dialogues} dialogues, seed {seed}, {asked.processes} processes.", flush=True)
    tally = mails.campaign(mails=asked.mails, seed=seed, processes=asked.processes, seconds=asked.seconds, tell=_progress)
    print(tally.table(), flush=True)
    with tempfile.TemporaryDirectory(prefix="maild-fuzz-") as folder:
        talks = dialogues.campaign(dialogues=asked.dialogues, seed=seed, spool=Path(folder))
    print(f"\n{talks.table()}\n\nseed {seed}, {time.monotonic() - began:.0f} s", flush=True)
    for finding in (*tally.findings[:40], *talks.findings[:40]):
        print(finding)
    for path in mails.keep(tally.findings):
        print(f"kept {path}")
    return 1 if tally.findings or talks.findings or tally.quarantined > MOST_QUARANTINED else 0


def _progress(tally: mails.Tally) -> None:
    if tally.mails % PROGRESS == 0:
        print(f"{tally.mails} mails, {len(tally.findings)} findings", file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try mutated mails and SMTP dialogues.")
    for name, default, text in (
        ("mails", 50_000, "mutated mails to try"),
        ("dialogues", 10_000, "mutated SMTP and LMTP dialogues to hold"),
        ("seed", 0, "the run's seed: the same gives the same mutants; 0 draws one"),
        ("processes", min(os.cpu_count() or 1, 4), "processes that try mails"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=int(os.environ.get(f"MAILD_{name.upper()}", default)), help=f"{text} (%(default)s)"
        )
    seconds = float(os.environ.get("MAILD_SECONDS", "inf"))
    parser.add_argument("--seconds", type=float, default=seconds, help="begin no further mails after so many seconds (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
