"""A private authority, and a client that sees nothing of this machine's own network settings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.errors import NetworkError
from planalign_orchestrator.network import Connector, fetch
from planalign_orchestrator.network.addresses import parse_target
from planalign_orchestrator.network.routes import SystemProxy

from .loopback import Handler, LoopbackServer, ProxyServer, Reaction, running, server_tls

CENSUS = b"employee_id,birth_date\n" + b"".join(b"E%06d,1980-01-01\n" % number for number in range(20_000))


class ExaminedClient:
    """Looks at every failure of every test: exit code 7, one paragraph with what was tried and how, what to do."""

    def __init__(self, connector: Connector, wait: Callable[[float], None]) -> None:
        self._connector, self._wait = connector, wait

    def fetch(self, url: str, destination: Path, **how: Any) -> Path:
        try:
            return fetch(url, destination, self._connector, wait=self._wait, **how)
        except NetworkError as error:
            assert error.exit_code == 7
            assert error.remedy and "\n" not in error.message + error.remedy
            assert error.message.startswith(_wanted(url))
            raise


def _wanted(url: str) -> tuple[str, ...]:
    try:
        shown = parse_target(url).shown
    except NetworkError as error:
        return (error.message,)  # refused before anything was tried
    ways = (f"{shown} was asked for directly (", f"{shown} was asked for through the proxy http")
    return (*ways, f"{shown} was wanted: ")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Test Authority")


@pytest.fixture(scope="session")
def inspector() -> trustme.CA:
    return trustme.CA(organization_name="Corp Inspection")


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("certificates") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def running_server(authority: trustme.CA) -> Iterator[Callable[..., LoopbackServer]]:
    """Starts TLS servers that answer by reactions."""
    with contextlib.ExitStack() as stack:

        def start(
            *reactions: Reaction, host: str = "localhost", certificate: trustme.LeafCert | None = None
        ) -> LoopbackServer:
            shown = certificate or authority.issue_cert(host)
            server: LoopbackServer = stack.enter_context(
                running(LoopbackServer(Handler, server_tls(shown), list(reactions)))
            )
            return server

        yield start


@pytest.fixture
def running_proxy() -> Iterator[Callable[..., ProxyServer]]:
    """Starts proxies."""
    with contextlib.ExitStack() as stack:
        yield lambda **policy: stack.enter_context(running(ProxyServer(**policy)))


@pytest.fixture
def client(bundle: Path) -> Callable[..., ExaminedClient]:
    """Makes clients that trust the private authority and lose no time."""

    def make(
        *,
        environment: Mapping[str, str] | None = None,
        system: SystemProxy | None = None,
        wait: Callable[[float], None] | None = None,
        keyring: Callable[[str, str], str | None] | None = None,
        **settings: Any,
    ) -> ExaminedClient:
        fast = {
            "ca_bundle": str(bundle),
            "connect_timeout_seconds": 10,
            "read_timeout_seconds": 10,
            "attempts": 1,
            "retry_wait_seconds": 0.01,
        }
        connector = Connector(
            Network(**(fast | settings)),
            environment=environment or {},
            system=system or SystemProxy(),
            keyring=keyring or (lambda _service, _user: None),
        )
        return ExaminedClient(connector, wait=wait or (lambda _seconds: None))

    return make
