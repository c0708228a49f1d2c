"""What can go wrong on the way, each in words: what came back, and what to ask IT for."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterator

import httpx

from planalign_orchestrator.errors import NetworkError
from planalign_orchestrator.network.addresses import Target
from planalign_orchestrator.network.chain import Certificate
from planalign_orchestrator.network.routes import Route
from planalign_orchestrator.network.trust import PinMismatchError
from planalign_orchestrator.tables import table

_CUT_IN_HANDSHAKE = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_DROPPED = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


class Failure(NetworkError):
    """One attempt failed.

    Args:
        message: what came back, in words.
        remedy: what to do or to ask IT for.
        may_pass: whether another attempt makes sense.
        retry_after: seconds that the server asked to wait.
        no_connection: whether another way out may work where this one did not.
    """

    def __init__(
        self,
        message: str,
        remedy: str,
        *,
        may_pass: bool = False,
        retry_after: float | None = None,
        no_connection: bool = False,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.may_pass, self.retry_after, self.no_connection = may_pass, retry_after, no_connection


def failure(kind: str, **words: object) -> Failure:
    """A failure as ``failures.ini`` tells it."""
    row = table(__package__, "failures")[kind]
    came_back, ask = (row[key].format(**words) for key in ("came_back", "ask"))
    return Failure(came_back, ask, may_pass="may_pass" in row, no_connection="no_connection" in row)


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


def proxy_failure(words: str, route: Route, target: Target, schemes: list[str]) -> Failure:
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
