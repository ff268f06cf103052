"""``make demo``: one whole ticket, played against a real daemon in a moment, its mails printed as a person would see them.

The daemon is ``maild run`` with its own store, listeners and web server on loopback; mails in go by SMTP, mails out into a Maildir. Its
clock is a file that this program moves, so that weeks pass in seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.demo.play import play


def main() -> int:
    """Return the exit status: 0 when the ticket went as the procedure says."""
    with tempfile.TemporaryDirectory(prefix="maild-demo-") as folder:
        return play(Path(folder), sys.stdout)


if __name__ == "__main__":
    raise SystemExit(main())
