"""Real servers and proxies on this machine: TLS with a private authority, proxies that ask for passwords or inspect."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

Reaction = Callable[["Handler"], None]


@dataclass(frozen=True)
class Request:
    """What a server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]


class Handler(BaseHTTPRequestHandler):
    """Answers each request by the next reaction of the server; the last one stays."""

    server: LoopbackServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request.settimeout(5)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server knows only the socket without TLS

    def do_GET(self) -> None:
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        reactions = self.server.reactions
        (reactions.pop(0) if len(reactions) > 1 else reactions[0])(self)

    do_HEAD = do_CONNECT = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test output quiet."""


class LoopbackServer(ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None, reactions: list[Reaction] | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.tls = tls
        self.reactions = reactions or []
        self.requests: list[Request] = []
        self.closing = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, host: str = "localhost", path: str = "/census.csv") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what these tests are about."""


@contextlib.contextmanager
def running(server: LoopbackServer) -> Iterator[Any]:
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def answers(
    body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None, *, length: bool = True
) -> Reaction:
    """A complete answer."""

    def react(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if length:
            handler.send_header("Content-Length", str(len(body)))
        else:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return react


def sends_file(body: bytes, etag: str | None, *, cut_after: int | None = None) -> Reaction:
    """A file that can be continued with Range, cut off after some bytes when told so."""

    def react(handler: Handler) -> None:
        start = 0
        wanted = handler.headers.get("Range")
        if wanted and etag and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if etag:
            handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        part = body[start:] if cut_after is None else body[start : start + cut_after]
        handler.wfile.write(part)
        if cut_after is not None:
            handler.wfile.flush()
            handler.close_connection = True

    return react


def hangs(handler: Handler) -> None:
    """Never answers."""
    handler.server.closing.wait(20)


def drips(handler: Handler) -> None:
    """Sends a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


class ForwardProxy(BaseHTTPRequestHandler):
    """A proxy that makes tunnels."""

    server: ProxyServer
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def do_CONNECT(self) -> None:
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        self.close_connection = True
        if self.server.refusal is not None:
            self._refuse(*self.server.refusal)
        elif not self._signed_on():
            self._refuse(407, "Proxy Authentication Required")
        else:
            self._tunnel()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test output quiet."""

    def _signed_on(self) -> bool:
        if self.server.sign_on is None:
            return True
        wanted = base64.b64encode(":".join(self.server.sign_on).encode()).decode()
        return self.headers.get("Proxy-Authorization") == f"Basic {wanted}"

    def _refuse(self, status: int, reason: str) -> None:
        self.send_response(status, reason)
        for scheme in self.server.schemes:
            self.send_header("Proxy-Authenticate", scheme)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _tunnel(self) -> None:
        host, _, port = self.path.rpartition(":")
        upstream = socket.create_connection(("127.0.0.1", self.server.places.get(host, int(port))), timeout=5)
        self.send_response(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        near: socket.socket = self.connection
        if self.server.inspector is not None:
            near = server_tls(self.server.inspector.issue_cert(host)).wrap_socket(near, server_side=True)
            upstream = self.server.upstream_tls.wrap_socket(upstream, server_hostname=host)
        with near, upstream, contextlib.suppress(OSError):
            relay(near, upstream)


class ProxyServer(LoopbackServer):
    """A proxy with its policy.

    Args:
        sign_on: user and password that it wants.
        schemes: what it says about signing on.
        places: ports by host name, for names that nobody else can resolve.
        inspector: the authority by which it re-signs what goes through.
        upstream_ca: whom the inspector itself trusts.
        refusal: status and reason of its answer to everybody.
        tls: when the proxy itself speaks TLS.
    """

    def __init__(
        self,
        *,
        sign_on: tuple[str, str] | None = None,
        schemes: tuple[str, ...] = ('Basic realm="corp, web"',),
        places: Mapping[str, int] | None = None,
        inspector: trustme.CA | None = None,
        upstream_ca: trustme.CA | None = None,
        refusal: tuple[int, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(ForwardProxy, tls)
        self.sign_on, self.schemes, self.places = sign_on, schemes, dict(places or {})
        self.inspector, self.refusal = inspector, refusal
        self.upstream_tls = ssl.create_default_context()
        if upstream_ca is not None:
            upstream_ca.configure_trust(self.upstream_tls)


def relay(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes between two connections until one of them ends."""
    while True:
        pending = [end for end in (one, other) if isinstance(end, ssl.SSLSocket) and end.pending()]
        for end in pending or select.select([one, other], [], [], 10)[0]:
            data = _received(end)
            if data == b"":
                return
            (other if end is one else one).sendall(data or b"")


def _received(end: socket.socket) -> bytes | None:
    """What has arrived; None when it was nothing but TLS's own messages, for which a plain ``recv`` would wait."""
    end.settimeout(0)
    try:
        return end.recv(65536)
    except (ssl.SSLWantReadError, BlockingIOError):
        return None
    finally:
        end.settimeout(5)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
