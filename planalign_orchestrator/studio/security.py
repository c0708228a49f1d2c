"""Who may talk to the studio: the browser that was given its token, and in it only the studio's own pages."""

import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from planalign_orchestrator.tables import table

LOOPBACK = "127.0.0.1"
"""The only address that the studio listens on."""
HEADERS = {name: row["value"] for name, row in table(__package__, "headers").items()}
"""What every answer carries."""
READING = ("GET", "HEAD")
_TOKEN_BYTES = 32
_OWN_SITES = (None, "same-origin", "none")
"""What a browser may say of where a request comes from: one of our pages, or the user; old ones say nothing."""


class Door:
    """What opens the studio.

    Args:
        port: that it listens on.

    Attributes:
        token: stands in the address that is opened first, and serves once.
        session: what the browser gets for it.
        host: what the Host header has to say.
        origin: where changes have to come from.
        address: the address to open.
        cookie: its name; cookies go to every port of a host, so that each studio has a name of its own.
    """

    def __init__(self, port: int) -> None:
        self.session, token = secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES)
        self.token: str | None = token
        self.host = f"{LOOPBACK}:{port}"
        self.origin = f"http://{self.host}"
        self.address = f"{self.origin}/?token={token}"
        self.cookie = f"planalign-{port}"

    def spends(self, token: str) -> bool:
        """Whether this is the token; it serves no second time."""
        if self.token is None or not secrets.compare_digest(token.encode(), self.token.encode()):
            return False
        self.token = None
        return True

    def knows(self, request: Request) -> bool:
        """Whether a request comes from the browser that was given the token."""
        return secrets.compare_digest(request.cookies.get(self.cookie, "").encode(), self.session.encode())


class Guard:
    """Refuses every request that is not from the studio's own pages, and puts the headers on every answer.

    Args:
        app: what it guards.
        door: what opens it.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":  # no web sockets
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(Request(scope))
        await (answer or self._app)(scope, receive, with_headers)

    def _answer(self, request: Request) -> Response | None:
        """What is answered without asking the app: a refusal, or the cookie for the token."""
        headers, door = request.headers, self._door
        if headers.getlist("host") != [door.host]:
            return _refusal("This address is not the studio's.")
        if headers.get("sec-fetch-site") not in _OWN_SITES:
            return _refusal("The studio answers only to its own pages. Type its address to open it.")
        if request.method not in READING and headers.get("origin") != door.origin:
            return _refusal("Changes are made from the studio's own pages only.")
        token = request.query_params.get("token")
        if token is not None and request.method in READING and request.url.path == "/" and door.spends(token):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(door.cookie, door.session, httponly=True, samesite="strict", path="/")
            return answer
        if not door.knows(request):
            return _refusal("The studio was opened in another browser, or started again. Start `planalign studio`.")
        return None


def _refusal(sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=403)
