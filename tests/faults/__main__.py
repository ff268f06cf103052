"""``python -m tests.faults``: the long campaign of kills, with its figures; ``make faults``.

MAILD_KILLS says how often to kill (100), MAILD_SEED at which moments.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.kill import campaign


def main() -> int:
    """Return 0 where every promise was kept."""
    kills = int(os.environ.get("MAILD_KILLS", "100"))
    seed = int(os.environ.get("MAILD_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    print(f"Killing the daemon {kills} times, seed {seed}. This takes about {kills * 3 // 60 + 1} minutes.", flush=True)
    with tempfile.TemporaryDirectory(prefix="maild-faults-") as folder:
        report = campaign(Path(folder), kills=kills, mails=max(1_000, kills * 30), seed=seed)
    print(report)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
