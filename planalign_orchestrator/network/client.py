"""One connection to one server: the way out, the trust, the timeouts, and every fault turned into words."""

import email.utils
import errno
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from planalign_orchestrator import __version__
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import causes_of
from planalign_orchestrator.network import trust
from planalign_orchestrator.network.addresses import Failure, ProxyAddress, Target, failure
from planalign_orchestrator.network.credentials import offered_schemes
from planalign_orchestrator.network.routes import LARGEST_PAC, Route, Router
from planalign_orchestrator.tables import table
from planalign_orchestrator.visible import visible


class Connector(Router):
    """Opens connections as the settings say, by the ways that it decides."""

    @contextmanager
    def get(
        self, target: Target, route: Route, headers: Mapping[str, str], deadline: float
    ) -> Iterator[httpx.Response]:
        """Ask for a file; the caller reads the body.

        Args:
            target: what to fetch.
            route: the way out.
            headers: of the request.
            deadline: by ``time.monotonic``; no wait goes beyond it.

        Raises:
            Failure: with what happened in words, also while the body was read.
        """
        context = trust.trust_context(self.settings, self.environment, target.host, target.port)
        offers: list[str] = []
        with self._failures(target, route, deadline, offers), ExitStack() as stack:
            client = stack.enter_context(self._client(context, route, deadline))
            watched = {"trace": _watch(stack, deadline, offers)}
            with client.stream("GET", target.url, headers=headers, extensions=watched) as response:
                yield response

    def certificates(
        self, target: Target, route: Route, deadline: float, authorities: Path | None = None
    ) -> list[trust.Certificate]:
        """The certificates that a server shows; nothing is sent to it.

        Args:
            target: the server.
            route: the way out.
            deadline: by ``time.monotonic``.
            authorities: a file of the only authorities to trust; None takes any certificate.

        Raises:
            httpx.HTTPError: no connection came about, or the certificate is not trusted.
        """
        try:
            with ExitStack() as stack, self._client(trust.onlooker_context(authorities), route, deadline) as client:
                client.head(target.url, extensions={"trace": _watch(stack, deadline, [])})
        except trust.ChainSeenError as seen:
            return seen.chain
        return []

    @contextmanager
    def _failures(self, target: Target, route: Route, deadline: float, offers: Sequence[str]) -> Iterator[None]:
        try:
            yield
        except httpx.ProxyError as error:
            raise proxy_failure(str(error), route, target, offers) from error
        except httpx.HTTPError as error:
            if time.monotonic() > deadline:
                raise failure("too long", settings=self.settings) from error
            raise self._failure(error, target, route, deadline) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # the proxy's name, as that of the target has been looked at
            raise failure("no address", target=target) from error

    def _failure(self, error: httpx.HTTPError, target: Target, route: Route, deadline: float) -> Failure:
        untrusted = next((cause for cause in causes_of(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
        if untrusted is None:
            return transport_failure(error, target, route)
        chain: list[trust.Certificate] = []
        with suppress(httpx.HTTPError):  # without them the message says less, but still what happened
            chain = self.certificates(target, route, deadline)
        return certificate_failure(untrusted, target, chain)

    def _client(self, context: ssl.SSLContext, route: Route, deadline: float) -> httpx.Client:
        left = max(0.001, deadline - time.monotonic())  # zero would be a socket that must not wait at all
        patience = self.settings
        return httpx.Client(
            verify=context,
            proxy=self._httpx_proxy(route.proxy) if route.proxy else None,
            timeout=httpx.Timeout(
                min(patience.read_timeout_seconds, left), connect=min(patience.connect_timeout_seconds, left)
            ),
            # Compressed on the way, a file could not be continued after a break: the offset would be of something else.
            headers={"User-Agent": f"planalign-engine/{__version__}", "Accept-Encoding": "identity"},
            trust_env=False,  # the router has decided already, with better rules for NO_PROXY
        )

    def _httpx_proxy(self, proxy: ProxyAddress) -> httpx.Proxy:
        auth = (proxy.username, proxy.password) if proxy.username is not None and proxy.password is not None else None
        context = None
        if proxy.scheme == "https":
            context = trust.trust_context(self.settings, self.environment, proxy.host, proxy.port)
        return httpx.Proxy(proxy.url, auth=auth, ssl_context=context)

    def download_pac(self, address: str) -> str:
        """Fetch a PAC file without a proxy; companies serve it over plain http as a rule."""
        context = trust.authorities_context(self.settings, self.environment)
        deadline = time.monotonic() + self.settings.total_timeout_seconds
        try:
            with (
                self._client(context, Route(None, "no proxy is known yet"), deadline) as client,
                client.stream("GET", address, follow_redirects=True) as response,
            ):
                if not response.is_success:
                    raise httpx.HTTPError(f"{response.status_code} {response.reason_phrase}")
                refuse_encoding(response)
                beginning = next(response.iter_raw(LARGEST_PAC), b"")
                return beginning.decode(response.encoding or "utf-8", "replace")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            reason = str(error) or type(error).__name__
            raise failure("no PAC file", address=without_secrets(address), reason=reason) from error


def _watch(stack: ExitStack, deadline: float, offers: list[str]) -> Callable[[str, Mapping[str, Any]], None]:
    """A callback for the HTTP library's ``trace`` that limits every connection it hears of.

    The library limits each wait, but not their sum: a server that sends a byte now and then would hold us for ever.

    Args:
        stack: ends the watch.
        deadline: by ``time.monotonic``.
        offers: takes the sign-on schemes that a proxy offers.
    """

    def trace(event: str, told: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            _cut_at(stack, deadline, told["return_value"].get_extra_info("socket"))
        elif event.endswith(".start_tls.complete"):
            connection = told["return_value"].get_extra_info("socket")
            if isinstance(connection, ssl.SSLSocket):
                # Let no dropped line pass for the end of a file whose length the server did not announce.
                connection.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # since Python 3.0, in no stub
        elif event.endswith(".receive_response_headers.complete"):
            offers.extend(offered_schemes(told["return_value"][3]))

    return trace


def _cut_at(stack: ExitStack, deadline: float, connection: socket.socket) -> None:
    # A duplicate: the connection's own socket changes hands when TLS starts.
    duplicate = stack.enter_context(connection.dup())
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [duplicate])
    timer.daemon = True
    stack.callback(timer.cancel)
    timer.start()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)


_CUT_IN_HANDSHAKE = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_DROPPED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})

MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same question, which changes nothing on the server, is worth asking again."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def transport_failure(error: Exception, target: Target, route: Route) -> Failure:
    """The failure that an error of the HTTP library means, certificates and proxy answers aside."""
    found = list(causes_of(error))
    place = f"the proxy {route.proxy.url}" if route.proxy else f"{target.host}:{target.port}"
    if any(isinstance(cause, socket.gaierror) for cause in found):
        return failure("unknown proxy" if route.proxy else "unknown server", proxy=route.proxy, host=target.host)
    if isinstance(error, httpx.ConnectTimeout):
        or_proxy = "." if route.proxy else ", or which web proxy to use; then set network.proxy."
        return failure("connect timeout", place=place, or_proxy=or_proxy)
    if isinstance(error, httpx.ConnectError):
        return _no_connection(found, place, route)
    if isinstance(error, httpx.TimeoutException):
        return failure("silence")
    return failure("break", error=str(error) or type(error).__name__, host=target.host)


def _no_connection(found: list[BaseException], place: str, route: Route) -> Failure:
    # Only an error of the system has a number that means the same everywhere.
    numbers = [cause.errno for cause in found if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError)]
    tls = next((cause for cause in found if isinstance(cause, ssl.SSLError)), None)
    if isinstance(tls, _CUT_IN_HANDSHAKE) or any(number in _DROPPED for number in numbers):
        return failure("cut", place=place)
    if tls is not None:
        return failure("handshake", reason=getattr(tls, "reason", tls))
    refused = "refused the connection" if errno.ECONNREFUSED in numbers else f"cannot be reached ({found[-1]})"
    return failure("proxy not reached" if route.proxy else "server not reached", place=place, reason=refused)


def certificate_failure(error: ssl.SSLError, target: Target, chain: list[trust.Certificate]) -> Failure:
    """The failure that an untrusted certificate means.

    Args:
        error: of the handshake.
        target: what was to be fetched.
        chain: the certificates that the server showed, or nothing when they could not be read.
    """
    host = target.host
    if isinstance(error, trust.PinMismatchError):
        return failure("another pin", error=error, host=host)
    if not chain:
        return failure("untrusted", host=host, reason=getattr(error, "verify_message", "") or error)
    leaf = chain[0]
    if fault := leaf.validity_fault(time.time()):
        return failure("invalid", host=host, leaf=leaf, reason=fault)
    if not leaf.covers(host):
        return failure("another name", host=host, leaf=leaf, names=", ".join(leaf.names[:5]) or leaf.subject)
    kind = "self-signed" if leaf.subject == leaf.issuer else "unknown authority"
    return failure(kind, host=host, leaf=leaf, top=chain[-1])


def proxy_failure(words: str, route: Route, target: Target, schemes: Sequence[str]) -> Failure:
    """The failure that a proxy's refusal to make a connection means.

    Args:
        words: status and reason, such as ``407 Proxy Authentication Required``.
        route: the proxy.
        target: what was to be fetched.
        schemes: the ways to sign on that the proxy offers.
    """
    proxy = route.proxy
    assert proxy is not None
    kinds = {"401": "proxy behind", **dict.fromkeys(("502", "503", "504"), "proxy reaches nothing")}
    kind = kinds.get(words[:3], "proxy refuses")
    if words.startswith("407"):
        kind = "sign-on" if proxy.password is None else "wrong password"
        if schemes and "basic" not in {scheme.lower() for scheme in schemes}:
            kind = "sign-on by a helper"
    offered = f", and offers {', '.join(schemes)}" if schemes else ""
    return failure(kind, words=words, proxy=proxy, host=target.host, port=target.port, offered=offered)


def status_failure(response: httpx.Response, target: Target) -> Failure:
    """The failure that an answer other than success means."""
    status = response.status_code
    words = f"{target.host} answered {status} {response.reason_phrase}".strip()
    asks = table(__package__, "failures")["statuses"]
    ask = asks.get(str(status)) or asks["of the server" if status >= 500 else "other"]
    told = Failure(words, remedy=ask)
    told.may_pass, told.retry_after = status in MAY_PASS, retry_after(response.headers.get("Retry-After", ""))
    return told


def retry_after(value: str) -> float | None:
    """The wait that a ``Retry-After`` header asks for, in seconds; it holds seconds or a date."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    return None if (left := seconds_until(value)) is None else max(0.0, left)


def seconds_until(date: str) -> float | None:
    """How far the date of a header lies ahead; None when it is no date, or one that the system cannot count to."""
    with suppress(ValueError, OverflowError, OSError):
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    return None


def refuse_encoding(response: httpx.Response) -> None:
    """Refuse a body that is packed although nobody asked for that: a few bytes may stand for a full memory.

    Raises:
        Failure: it is.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise failure("packed", encoding=visible(encoding[:40]))


def refuse_page(response: httpx.Response, target: Target, wanted_suffix: str) -> None:
    """Refuse a web page where a data file was wanted: it is a login or a blocking page.

    Raises:
        Failure: it is one.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") and wanted_suffix.lower() not in (".html", ".htm", ".xhtml"):
        raise failure("page", host=target.host)
