"""A private authority, and a client that sees nothing of this machine's own network settings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.network import NetworkClient
from planalign_orchestrator.network.system_proxy import SystemProxy, no_system_proxy

from .loopback import Handler, LoopbackServer, ProxyServer, Reaction, running, server_tls

CENSUS = b"employee_id,birth_date\n" + b"".join(b"E%06d,1980-01-01\n" % number for number in range(20_000))


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
def client(bundle: Path) -> Callable[..., NetworkClient]:
    """Makes clients that trust the private authority and lose no time."""

    def make(
        *,
        environment: Mapping[str, str] | None = None,
        system: SystemProxy | None = None,
        wait: Callable[[float], None] | None = None,
        keyring: Callable[[str, str], str | None] | None = None,
        **settings: Any,
    ) -> NetworkClient:
        fast = {
            "ca_bundle": str(bundle),
            "connect_timeout_seconds": 10,
            "read_timeout_seconds": 10,
            "attempts": 1,
            "retry_wait_seconds": 0.01,
        }
        return NetworkClient(
            Network(**(fast | settings)),
            environment=environment or {},
            system=system or no_system_proxy(),
            keyring=keyring or (lambda _service, _user: None),
            wait=wait or (lambda _seconds: None),
        )

    return make
