"""Who visits a link: a person with a browser, or a mail scanner. Both talk to the real application, in this process."""

from __future__ import annotations

from tests.stories.stage import Sent, Stage


class Visitor:
    """A browser without a screen."""

    def __init__(self, helpdesk: Stage) -> None:
        self.stage = helpdesk
        self.page_text = ""

    def mailto_subject(self, mail: Sent) -> str:
        """Return the subject that the mailto link fills in."""
        return next(line.partition("with this subject: ")[2] for line in mail.text.splitlines() if "with this subject: " in line)
