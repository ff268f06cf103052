"""Who visits a link: a person with a browser, or a mail scanner. Both talk to the real application, in this process."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from maild.house import pages_of
from maild.web.app import Site
from tests.stories.stage import Sent, Stage
from tests.support.asgi import request

_LINK = re.compile(r"https://desk\.example/([rc])/\S+")
_KINDS = {"reopen": "r", "confirm": "c"}
SCANNERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("GET", {}),
    ("HEAD", {}),
    ("OPTIONS", {}),
    ("GET", {"sec-purpose": "prefetch;prerender", "purpose": "prefetch"}),
    ("GET", {"x-moz": "prefetch"}),
    ("PROPFIND", {}),
)


class Visitor:
    """A browser without a screen: it shows the last page's text, and which forms and scripts stand in it."""

    def __init__(self, helpdesk: Stage) -> None:
        self.stage = helpdesk
        self.page_text = ""
        self.status = 0

    def link(self, mail: Sent, kind: str) -> str:
        """Return the path of the re-open or confirm link in a mail of ours."""
        found = [match.group() for match in _LINK.finditer(mail.text) if match.group(1) == _KINDS[kind]]
        assert found, f"no {kind} link in {mail.text}"
        return urlsplit(found[0]).path

    def mailto_subject(self, mail: Sent) -> str:
        """Return the subject that the mailto link fills in."""
        return mail.text.partition("with this subject:")[2].split("\r\n" if "\r\n" in mail.text else "\n")[1].strip()

    async def press(self, path: str, *, reason: str) -> None:
        """Open the page and press its button, if it has one; else press the old page's button, as from an open tab."""
        await self.visit("GET", path)
        await self.visit("POST", path, body=urlencode({"reason": reason}).encode())

    async def scan(self, mail: Sent, times: int) -> None:
        """Do all that scanners do with the links of a mail, and look for scripts to run."""
        paths = [urlsplit(match.group()).path for match in _LINK.finditer(mail.text)]
        assert paths
        for _ in range(times):
            for path in paths:
                for method, headers in SCANNERS:
                    html = await self.visit(method, path, headers=headers)
                    assert _scripts(html) == [], "a scanner would run this script"

    async def visit(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
        """Return the page that a request shows."""
        stage = self.stage
        site = Site(database=stage.database, desk=stage.desk, pages=pages_of(stage.loaded), mails_queued=lambda: None)
        answer = await request(site.app(), method, path, body=body, headers=headers)
        self.status, html = answer.status, answer.text
        self.page_text = " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())
        return html


def _scripts(html: str) -> list[str]:
    """Return what could run or act by itself in a page."""
    found: list[str] = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            running = [name for name, value in attrs if name.startswith("on") or (value or "").lower().startswith("javascript:")]
            refresh = [value for name, value in attrs if name == "http-equiv" and value == "refresh"]
            if tag in ("script", "iframe", "object", "embed", "img") or running or refresh:
                found.append(tag)

    Finder().feed(html)
    return found
