"""The web application: a page for each link, by GET; its effect by a person's POST alone (RES-2).

Mail scanners follow links, prefetch them and run scripts: so GET and HEAD change nothing, and no page has a script that could press the
button. Nothing here builds an address from what the client sent: forms post to where they stand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maild import log
from maild.desk import links
from maild.desk.desk import Desk
from maild.desk.links import LinkPage, Outcome
from maild.errors import TemporaryFailure
from maild.store.database import Database
from maild.tokens import Purpose
from maild.web.pages import Pages

MAX_BODY = 16_384
_STATUS = {Outcome.UNKNOWN: 404, Outcome.EXPIRED: 410, Outcome.OLDER: 410}
_TEXTS = {404: "not_found", 405: "not_found", 413: "too_long", 503: "later"}

Handler = Callable[[Request], Awaitable[Response]]


class Site:
    """What the application works with.

    Attributes:
        desk: the use cases' collaborators.
        pages: the pages; replaced at reload.
    """

    def __init__(self, *, database: Database, desk: Desk, pages: Pages, mails_queued: Callable[[], None]) -> None:
        self._database = database
        self._mails_queued = mails_queued
        self.desk = desk
        self.pages = pages

    def app(self) -> ASGIApp:
        """Return the application."""
        routes = [
            Route("/r/{token}", self._link(Purpose.REOPEN), methods=["GET", "POST"]),
            Route("/c/{token}", self._link(Purpose.CONFIRM), methods=["GET", "POST"]),
        ]
        faults: Mapping[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
            HTTPException: self._fault,
            TemporaryFailure: self._later,
            500: self._bug,
        }
        app = Starlette(routes=routes, exception_handlers=dict(faults))
        app.router.redirect_slashes = False  # a redirect would name the host that the client claims
        return _Guarded(app, self)

    def _link(self, purpose: Purpose) -> Handler:
        async def handle(request: Request) -> Response:
            token = request.path_params["token"]
            if request.method != "POST":
                return self._show(await self._database.read(links.look, self.desk, purpose, token))
            reason = _reason(await _body(request))
            page = await self._database.run(links.press, self.desk, purpose, token, reason)
            log.link_used(purpose=purpose, outcome=page.outcome)
            if page.queued:
                self._mails_queued()
            return self._show(page)

        return handle

    def _show(self, page: LinkPage) -> Response:
        text = self.pages.page(str(page.purpose), {"outcome": str(page.outcome), "reference": page.reference, "until": page.until})
        return HTMLResponse(text, status_code=_STATUS.get(page.outcome, 200))

    async def _fault(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        text = self.pages.page("fault", {"fault": _TEXTS.get(error.status_code, "not_found")})
        return HTMLResponse(text, status_code=error.status_code, headers=dict(error.headers or {}))

    async def _later(self, request: Request, error: Exception) -> Response:
        log.store_trouble(why=error)
        return HTMLResponse(self.pages.page("fault", {"fault": "later"}), status_code=503, headers={"Retry-After": "60"})

    async def _bug(self, request: Request, error: Exception) -> Response:
        log.bug_met(where="web", error=error)
        return HTMLResponse(self.pages.page("fault", {"fault": "later"}), status_code=500)


async def _body(request: Request) -> bytes:
    """Return the request's body.

    Raises:
        HTTPException: it is longer than any reason, or was cut off.
    """
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise HTTPException(413)
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    return body


def _reason(body: bytes) -> str:
    """Return the reason of a form as a browser sends it, "" where it is none."""
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10)).get("reason", "")
    except ValueError:
        return ""


class _Guarded:
    """Puts the headers on every answer that keep a link from leaking, and a page from being framed, cached or indexed."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers()]
            await send(message)

        await self._app(scope, receive, guarded)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-security-policy", self._site.pages.policy.encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"x-robots-tag", b"noindex, nofollow"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
