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

LOCAL_HELPER = (
    'Run a local proxy that signs on for you: pip install "planalign-engine[ntlm]", then '
    "`px --proxy={proxy} --port=3128`, and set network.proxy to http://127.0.0.1:3128."
)
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
        return _no_such_name(target, route)
    if isinstance(error, httpx.ConnectTimeout):
        return Failure(
            f"no connection to {place} came about in time",
            f"Check that the VPN is connected. Ask IT whether the firewall lets this computer connect to {place}"
            + ("." if route.proxy else ", or which web proxy to use; then set network.proxy."),
            may_pass=True,
            no_connection=True,
        )
    if isinstance(error, httpx.ConnectError):
        return _no_connection(found, place, route)
    if isinstance(error, httpx.TimeoutException):
        return Failure(
            "the server stopped answering",
            "Check that the VPN is connected and try again; a slow server may need a larger "
            "network.read_timeout_seconds.",
            may_pass=True,
        )
    return Failure(
        f"the connection broke off ({error or type(error).__name__})",
        "Check that the VPN is connected and try again: what has arrived is kept. If it keeps breaking, ask IT whether "
        f"a security device cuts connections to {target.host}.",
        may_pass=True,
    )


def _no_such_name(target: Target, route: Route) -> Failure:
    if route.proxy:
        return Failure(
            f"the name of the proxy {route.proxy.host} is unknown to this computer",
            "Check that the VPN is connected. Ask IT for the address of the web proxy, and set network.proxy.",
            may_pass=True,
            no_connection=True,
        )
    return Failure(
        f"the name {target.host} is unknown to this computer",
        "Check the address and that the VPN is connected. In many companies only the web proxy knows outside names: "
        "ask IT for its address, and set network.proxy.",
        may_pass=True,
        no_connection=True,
    )


def _no_connection(found: list[BaseException], place: str, route: Route) -> Failure:
    # Only an error of the system has a number that means the same everywhere.
    numbers = [cause.errno for cause in found if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError)]
    tls = next((cause for cause in found if isinstance(cause, ssl.SSLError)), None)
    cut = isinstance(tls, _CUT_IN_HANDSHAKE) or any(number in _DROPPED for number in numbers)
    if tls is not None or cut:
        words = f"{place} cut the connection" if cut else f"the TLS handshake failed ({getattr(tls, 'reason', tls)})"
        return Failure(
            words,
            "Ask IT whether a security device blocks or inspects this connection, and which TLS versions it allows "
            "(1.2 or newer is needed).",
            may_pass=cut,
        )
    refused = "refused the connection" if errno.ECONNREFUSED in numbers else f"cannot be reached ({found[-1]})"
    return Failure(
        f"{place} {refused}",
        "Ask IT whether this is the right address of the web proxy, and whether it is running."
        if route.proxy
        else "Ask IT whether the firewall blocks this connection, and which web proxy to use; then set network.proxy.",
        may_pass=True,
        no_connection=True,
    )


def certificate_failure(error: ssl.SSLError, target: Target, chain: list[Certificate]) -> Failure:
    """The failure that an untrusted certificate means.

    Args:
        error: of the handshake.
        target: what was to be fetched.
        chain: the certificates that the server showed, or nothing when they could not be read.
    """
    if isinstance(error, PinMismatchError):
        return Failure(
            f"{error}",
            f"If the server got a new certificate, ask its owner for the fingerprint and change "
            f"network.pinned_certificates for {target.host}. If not, somebody is in between: do not go on.",
        )
    if not chain:
        reason = getattr(error, "verify_message", "") or str(error)
        return Failure(
            f"the certificate of {target.host} is not trusted ({reason})",
            "Ask IT about the certificate of this server.",
        )
    return _certificate_failure(target, chain, f"issued by {chain[0].issuer}")


def _certificate_failure(target: Target, chain: list[Certificate], issued: str) -> Failure:
    leaf, now = chain[0], time.time()
    if fault := leaf.validity_fault(now):
        return Failure(
            f"the certificate of {target.host}, {issued}, {fault}",
            "Check the clock of this computer. If it is right, ask the owner of the server, or IT if that is the "
            "issuer, for a valid certificate.",
        )
    if not leaf.covers(target.host):
        names = ", ".join(leaf.names[:5]) or leaf.subject
        return Failure(
            f"the certificate, {issued}, is for {names} and not for {target.host}",
            "Check the address. If it is right, ask IT whether a proxy or a login page answers in place of the server.",
        )
    if leaf.is_self_signed:
        return Failure(
            f"the server {target.host} shows a certificate that it signed itself (SHA-256 {leaf.sha256})",
            "Ask the owner of the server to confirm this fingerprint by another way; then pin it: "
            f"network.pinned_certificates: {{{target.host}: {leaf.sha256}}}. Never switch the check off.",
        )
    return Failure(
        f"the certificate of {target.host} was issued by {chain[-1].issuer}, which this computer does not trust",
        f"If that is your company's own authority (a proxy that inspects traffic re-signs certificates), ask IT for "
        f"the certificate of {chain[-1].issuer} as a PEM file and set network.ca_bundle to it. If nobody knows that "
        "name, do not go on.",
    )


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
    status = int(words[:3]) if words[:3].isdigit() else 0
    if status == 407:
        return _sign_on_failure(words, route, schemes)
    if status == 401:
        return Failure(
            f"the proxy at {proxy.place} could not sign on to the one behind it ({words})",
            "If that is a local helper such as px, check the user and password it was given (`px --password`, or sign "
            "in to Windows again), and its --proxy address.",
        )
    if status in (502, 503, 504):
        return Failure(
            f"the proxy could not reach {target.host} ({words})",
            f"Try again later; ask IT whether the proxy {proxy.url} can reach {target.host}.",
            may_pass=True,
        )
    return Failure(
        f"the proxy refuses connections to {target.host}:{target.port} ({words})",
        f"Ask IT to allow {target.host}:{target.port} on the proxy {proxy.url}, or, if that host is inside the "
        "company, name it in network.no_proxy.",
    )


def _sign_on_failure(words: str, route: Route, schemes: list[str]) -> Failure:
    proxy = route.proxy
    assert proxy is not None
    offered = f", and offers {', '.join(schemes)}" if schemes else ""
    lower = {scheme.lower() for scheme in schemes}
    if lower and "basic" not in lower:
        return Failure(
            f"the proxy wants a sign-on ({words}){offered}, which needs a helper",
            LOCAL_HELPER.format(proxy=proxy.place),
        )
    if proxy.password is None:
        return Failure(
            f"the proxy wants a user and password ({words}){offered}",
            "Set network.proxy_username and store the password with `keyring set planalign-proxy USER`, or set "
            "PLANALIGN_PROXY_USERNAME and PLANALIGN_PROXY_PASSWORD; ask IT which account to use.",
        )
    return Failure(
        f"the proxy did not accept the user {proxy.username} with the password given ({words}){offered}",
        "Check the password (a new one?) in PLANALIGN_PROXY_PASSWORD, the system keyring or the proxy address; ask IT "
        "whether the account may use the proxy.",
    )
