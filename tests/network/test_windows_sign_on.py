"""A proxy that takes NTLM and nothing else, reached through the documented local helper (extra ``ntlm``)."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planalign_orchestrator.errors import NetworkError

from .conftest import CENSUS
from .loopback import ForwardProxy, ProxyServer, Request, free_port, running, sends_file

spnego = pytest.importorskip("spnego")
pytest.importorskip("px")

pytestmark = pytest.mark.slow

HOST = "files.corp.example"
PASSWORD = "p@ss/w%rd"


class NtlmProxy(ForwardProxy):
    """Lets a connection through after an NTLM handshake on it, as the proxies of Windows domains do."""

    handshake = None

    def do_CONNECT(self) -> None:
        self.server.requests.append(Request(self.command, self.path, dict(self.headers)))
        scheme, _, token = self.headers.get("Proxy-Authorization", "").partition(" ")
        if scheme.upper() != "NTLM":
            self._ask("NTLM")
            return
        if self.handshake is None:
            self.handshake = spnego.server(protocol="ntlm", hostname="proxy", service="HTTP")
        try:
            answer = self.handshake.step(base64.b64decode(token))
        except spnego.exceptions.SpnegoError:
            self.handshake = None
            self._ask("NTLM")
            return
        if not self.handshake.complete:
            self._ask(f"NTLM {base64.b64encode(answer or b'').decode()}")
            return
        self.close_connection = True
        self._tunnel()

    def _ask(self, offer: str) -> None:
        self.send_response(407, "Proxy Authentication Required")
        self.send_header("Proxy-Authenticate", offer)
        self.send_header("Proxy-Connection", "keep-alive")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def ntlm_proxy(running_server, tmp_path, monkeypatch):
    users = tmp_path / "users"
    users.write_text(f"CORP:alice:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    census = running_server(sends_file(CENSUS, None), host=HOST)
    server = ProxyServer(places={HOST: census.port})
    server.RequestHandlerClass = NtlmProxy
    with running(server) as proxy:
        yield proxy


@contextlib.contextmanager
def helper(proxy_port: int, folder: Path, password: str = PASSWORD):
    """The command that the error message gives, with the user and password that Windows would add by itself."""
    port = free_port()
    command = [sys.executable, "-m", "px", f"--proxy=127.0.0.1:{proxy_port}", f"--port={port}", "--foreground"]
    user = ["--username=CORP\\alice", "--auth=NTLM", "--noproxy="]
    environment = {**os.environ, "PX_PASSWORD": password, "NO_PROXY": ""}
    with (folder / "px.log").open("wb") as log:
        process = subprocess.Popen([*command, *user], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the helper did not start")


def test_the_helper_signs_on(ntlm_proxy, client, tmp_path):
    with pytest.raises(NetworkError, match="offers NTLM, which needs a helper") as caught:
        client(proxy=f"http://127.0.0.1:{ntlm_proxy.port}").fetch(f"https://{HOST}/census.csv", tmp_path / "c.csv")
    assert f"px --proxy=127.0.0.1:{ntlm_proxy.port}" in caught.value.remedy

    with helper(ntlm_proxy.port, tmp_path) as port:
        path = client(proxy=f"http://127.0.0.1:{port}", read_timeout_seconds=20).fetch(
            f"https://{HOST}/census.csv", tmp_path / "c.csv"
        )
    assert path.read_bytes() == CENSUS
    with helper(ntlm_proxy.port, tmp_path, "wrong") as port, pytest.raises(NetworkError, match="could not sign on"):
        client(proxy=f"http://127.0.0.1:{port}", read_timeout_seconds=20).fetch(
            f"https://{HOST}/census.csv", tmp_path / "c.csv"
        )
    assert any(request.headers.get("Proxy-Authorization", "").startswith("NTLM") for request in ntlm_proxy.requests)
