"""One connection to one server: the way out, the trust, the timeouts, and every fault turned into words."""

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
from planalign_orchestrator.network import failures
from planalign_orchestrator.network.addresses import ProxyAddress, Target
from planalign_orchestrator.network.credentials import offered_schemes
from planalign_orchestrator.network.pac import LARGEST_PAC
from planalign_orchestrator.network.routes import Route, Router
from planalign_orchestrator.network.trust import (
    Certificate,
    ChainSeenError,
    authorities_context,
    onlooker_context,
    trust_context,
)
from planalign_orchestrator.network.words import Failure, failure

USER_AGENT = f"planalign-engine/{__version__}"


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
        context = trust_context(self.settings, self.environment, target.host, target.port)
        offers: list[str] = []
        with self._failures(target, route, deadline, offers), ExitStack() as stack:
            client = stack.enter_context(self._client(context, route, deadline))
            watched = {"trace": _watch(stack, deadline, offers)}
            with client.stream("GET", target.url, headers=headers, extensions=watched) as response:
                yield response

    def certificates(
        self, target: Target, route: Route, deadline: float, authorities: Path | None = None
    ) -> list[Certificate]:
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
            with ExitStack() as stack, self._client(onlooker_context(authorities), route, deadline) as client:
                client.head(target.url, extensions={"trace": _watch(stack, deadline, [])})
        except ChainSeenError as seen:
            return seen.chain
        return []

    @contextmanager
    def _failures(self, target: Target, route: Route, deadline: float, offers: Sequence[str]) -> Iterator[None]:
        try:
            yield
        except httpx.ProxyError as error:
            raise failures.proxy_failure(str(error), route, target, offers) from error
        except httpx.HTTPError as error:
            if time.monotonic() > deadline:
                raise failure("too long", settings=self.settings) from error
            raise self._failure(error, target, route, deadline) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # the proxy's name, as that of the target has been looked at
            raise failure("no address", target=target) from error

    def _failure(self, error: httpx.HTTPError, target: Target, route: Route, deadline: float) -> Failure:
        untrusted = next(
            (cause for cause in failures.causes_of(error) if isinstance(cause, ssl.SSLCertVerificationError)), None
        )
        if untrusted is None:
            return failures.transport_failure(error, target, route)
        chain: list[Certificate] = []
        with suppress(httpx.HTTPError):  # without them the message says less, but still what happened
            chain = self.certificates(target, route, deadline)
        return failures.certificate_failure(untrusted, target, chain)

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
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            trust_env=False,  # the router has decided already, with better rules for NO_PROXY
        )

    def _httpx_proxy(self, proxy: ProxyAddress) -> httpx.Proxy:
        auth = (proxy.username, proxy.password) if proxy.username is not None and proxy.password is not None else None
        context = None
        if proxy.scheme == "https":
            context = trust_context(self.settings, self.environment, proxy.host, proxy.port)
        return httpx.Proxy(proxy.url, auth=auth, ssl_context=context)

    def download_pac(self, address: str) -> str:
        """Fetch a PAC file without a proxy; companies serve it over plain http as a rule."""
        context = authorities_context(self.settings, self.environment)
        deadline = time.monotonic() + self.settings.total_timeout_seconds
        try:
            with (
                self._client(context, Route(None, "no proxy is known yet"), deadline) as client,
                client.stream("GET", address, follow_redirects=True) as response,
            ):
                if not response.is_success:
                    raise httpx.HTTPError(f"{response.status_code} {response.reason_phrase}")
                failures.refuse_encoding(response)
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
            _refuse_ragged_end(told["return_value"].get_extra_info("socket"))
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


def _refuse_ragged_end(connection: socket.socket) -> None:
    """Let no dropped line pass for the end of a file whose length the server did not announce."""
    if isinstance(connection, ssl.SSLSocket):
        connection.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # since Python 3.0, but in no stub
