"""A reader for the parser process that some mails are deadly to; all others are read as always.

``X-Deadly: parser`` kills the parser process, ``X-Deadly: everybody`` the daemon with it. ``X-Cured: FILE`` takes the poison out as soon
as that file exists, as a new version of maild would. ``X-Slow: FILE`` waits for that file.
"""

from __future__ import annotations

import os
import signal

from maild.mail.envelope import Envelope
from maild.policy import reader
from maild.policy.reading import Reading
from maild.policy.rules import Rules
from tests.support.letters import header
from tests.support.waiting import wait_until


def read(raw: bytes, envelope: Envelope, rules: Rules) -> Reading:
    """Return what the mail says, if one lives to tell."""
    cured, slow = header(raw, "X-Cured"), header(raw, "X-Slow")
    deadly = header(raw, "X-Deadly") if not (cured and os.path.exists(cured)) else ""
    if deadly == "parser":
        os.kill(os.getpid(), signal.SIGKILL)
    if deadly == "everybody":
        os.killpg(0, signal.SIGKILL)
    if slow:
        wait_until(lambda: os.path.exists(slow), slow)
    return reader.read(raw, envelope, rules)
