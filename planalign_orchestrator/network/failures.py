"""What can go wrong on the way, each in words: what came back, and what to ask IT for."""

import email.utils
import errno
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence

import httpx

from planalign_orchestrator.network.addresses import Target
from planalign_orchestrator.network.routes import Route
from planalign_orchestrator.network.trust import Certificate, PinMismatchError
from planalign_orchestrator.network.words import Failure, failure
from planalign_orchestrator.tables import table
from planalign_orchestrator.visible import visible

_CUT_IN_HANDSHAKE = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_DROPPED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})

MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same question, which changes nothing on the server, is worth asking again."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error and everything that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


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


def certificate_failure(error: ssl.SSLError, target: Target, chain: list[Certificate]) -> Failure:
    """The failure that an untrusted certificate means.

    Args:
        error: of the handshake.
        target: what was to be fetched.
        chain: the certificates that the server showed, or nothing when they could not be read.
    """
    host = target.host
    if isinstance(error, PinMismatchError):
        return failure("another pin", error=error, host=host)
    if not chain:
        return failure("untrusted", host=host, reason=getattr(error, "verify_message", "") or error)
    leaf = chain[0]
    if fault := leaf.validity_fault(time.time()):
        return failure("invalid", host=host, leaf=leaf, reason=fault)
    if not leaf.covers(host):
        return failure("another name", host=host, leaf=leaf, names=", ".join(leaf.names[:5]) or leaf.subject)
    return failure("self-signed" if leaf.is_self_signed else "unknown authority", host=host, leaf=leaf, top=chain[-1])


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
    left = seconds_until(value)
    return left if left is None else max(0.0, left)


def seconds_until(date: str) -> float | None:
    """How far the date of a header lies ahead; None when it is no date, or one that the system cannot count to."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError, OSError):
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
