"""What can be said of a mail before its ticket is known; ``policy/reader.py`` makes it, in the parser process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the daemon holds readings and makes none: it starts without what reading a mail needs
    from maild.mail.message import Message
    from maild.mail.replies import Reply
    from maild.policy.classify import Verdict
    from maild.policy.mds.fields import Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mail as read.

    ``content`` is a digest of what makes it this mail and no other (INT-8): trace headers left out. ``said`` is a digest of what it says,
    equal for mails that say the same, None for one that must not be folded (LOOP-2).
    """

    message: Message
    verdict: Verdict
    reply: Reply
    extraction: Extraction
    thanks: bool
    content: bytes
    said: bytes | None = None
