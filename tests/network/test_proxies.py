"""The way out through proxies: who decides it, signing on, and what each refusal says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import trustme

from planalign_orchestrator.errors import NetworkError
from planalign_orchestrator.network.addresses import parse_proxy
from planalign_orchestrator.network.routes import SystemProxy

from .conftest import CENSUS
from .loopback import free_port, hangs, sends_file, server_tls

HOST = "files.corp.example"
"""No name server knows it: only the proxy of a test can reach it."""

PASSWORD = "p@ss:w/o%rd#ü?"


@pytest.fixture
def census_server(running_server):
    return running_server(sends_file(CENSUS, '"v1"'), host=HOST)


@pytest.fixture
def proxied(running_proxy, census_server):
    """Starts a proxy that knows the census server by name."""
    return lambda **policy: running_proxy(places={HOST: census_server.port}, **policy)


def _url(proxy, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{proxy.port}"


def _fetched(client, tmp_path) -> bool:
    return client.fetch(f"https://{HOST}/census.csv", tmp_path / "census.csv").read_bytes() == CENSUS


def _error(client, tmp_path) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        client.fetch(f"https://{HOST}/census.csv", tmp_path / "census.csv")
    assert caught.value.exit_code == 7
    assert PASSWORD not in caught.value.message + caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_the_environment_decides(client, proxied, tmp_path, name):
    proxy = proxied()
    assert _fetched(client(environment={name: _url(proxy)}), tmp_path)
    assert proxy.requests[0].path == f"{HOST}:443"


def test_the_settings_come_before_the_environment(client, proxied, tmp_path):
    proxy = proxied()
    wrong = f"http://127.0.0.1:{free_port()}"
    assert _fetched(client(proxy=_url(proxy), environment={"HTTPS_PROXY": wrong}), tmp_path)


def test_the_operating_system_decides_when_nobody_else_does(client, proxied, tmp_path):
    proxy = proxied()
    system = SystemProxy("the Windows settings", lambda: {"https": _url(proxy)}, lambda _host: False, lambda: None)
    assert _fetched(client(system=system), tmp_path)
    exempt = SystemProxy("the Windows settings", lambda: {"https": _url(proxy)}, lambda _host: True, lambda: None)
    assert "the Windows settings exempt" in _error(client(system=exempt), tmp_path).message


def test_none_means_none(client, proxied, tmp_path):
    proxy = proxied()
    error = _error(client(proxy="none", environment={"HTTPS_PROXY": _url(proxy)}), tmp_path)
    assert "directly (network.proxy is none)" in error.message
    assert proxy.requests == []


@pytest.mark.parametrize("place", ["settings", "environment"])
def test_no_proxy_exempts(client, running_proxy, running_server, tmp_path, place):
    server, proxy = running_server(sends_file(CENSUS, None)), running_proxy()
    entry = f"localhost:{server.port}"
    rules = {"no_proxy": [entry]} if place == "settings" else {}
    environment = {"HTTPS_PROXY": _url(proxy)} | ({} if rules else {"NO_PROXY": f"x.example, {entry}"})

    client(environment=environment, **rules).fetch(server.url(), tmp_path / "census.csv")

    assert proxy.requests == []
    client(environment={"HTTPS_PROXY": _url(proxy)}).fetch(server.url(), tmp_path / "census.csv")
    assert len(proxy.requests) == 1


def test_of_both_spellings_of_no_proxy_the_first_that_holds_something_counts(
    client, running_proxy, running_server, tmp_path
):
    server, proxy = running_server(sends_file(CENSUS, None)), running_proxy()
    environment = {"HTTPS_PROXY": _url(proxy), "no_proxy": "elsewhere.example", "NO_PROXY": "*"}
    client(environment=environment).fetch(server.url(), tmp_path / "census.csv")
    assert len(proxy.requests) == 1
    client(environment={**environment, "no_proxy": ""}).fetch(server.url(), tmp_path / "census.csv")
    assert len(proxy.requests) == 1


def test_an_empty_no_proxy_setting_overrides_the_environment(client, running_proxy, running_server, tmp_path):
    server, proxy = running_server(sends_file(CENSUS, None)), running_proxy()
    environment = {"HTTPS_PROXY": _url(proxy), "NO_PROXY": "*"}
    client(environment=environment, no_proxy=[]).fetch(server.url(), tmp_path / "census.csv")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("way", ["address raw", "address escaped", "environment", "setting and keyring"])
def test_any_password_gets_through(client, proxied, tmp_path, way):
    proxy = proxied(sign_on=("corp\\alice", PASSWORD))
    chosen = {
        "address raw": {"environment": {"HTTPS_PROXY": _url(proxy, f"corp\\alice:{PASSWORD}@")}},
        "address escaped": {
            "environment": {"HTTPS_PROXY": _url(proxy, "corp%5Calice:p%40ss%3Aw%2Fo%25rd%23%C3%BC%3F@")},
        },
        "environment": {
            "proxy": _url(proxy),
            "environment": {"PLANALIGN_PROXY_USERNAME": "corp\\alice", "PLANALIGN_PROXY_PASSWORD": PASSWORD},
        },
        "setting and keyring": {
            "proxy": _url(proxy),
            "proxy_username": "corp\\alice",
            "keyring": {("planalign-proxy", "corp\\alice"): PASSWORD}.get,
        },
    }[way]
    if "keyring" in chosen:
        passwords = {("planalign-proxy", "corp\\alice"): PASSWORD}
        chosen["keyring"] = lambda service, user: passwords.get((service, user))
    assert _fetched(client(**chosen), tmp_path)


def test_the_system_keyring_is_asked(client, proxied, tmp_path, monkeypatch):
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    from planalign_orchestrator.network.credentials import keyring_password

    class Vault(KeyringBackend):
        priority = 1
        set_password = None

        def get_password(self, service, username):
            return PASSWORD if (service, username) == ("planalign-proxy", "alice") else None

    before = keyring.get_keyring()
    keyring.set_keyring(Vault())
    try:
        proxy = proxied(sign_on=("alice", PASSWORD))
        assert _fetched(client(proxy=_url(proxy), proxy_username="alice", keyring=keyring_password), tmp_path)
    finally:
        keyring.set_keyring(before)


def test_a_keyring_that_others_can_read_is_warned_about(monkeypatch, caplog):
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    from planalign_orchestrator.network.credentials import keyring_password

    class PlaintextKeyring(KeyringBackend):
        priority = 1
        name = "plain text"
        set_password = None

        def get_password(self, service, username):
            return "x"

    monkeypatch.setattr(keyring, "get_password", PlaintextKeyring().get_password)
    for chosen in (PlaintextKeyring(), SimpleNamespace(name="chainer", backends=[object(), PlaintextKeyring()])):
        caplog.clear()
        monkeypatch.setattr(keyring, "get_keyring", lambda chosen=chosen: chosen)
        assert keyring_password("service", "user") == "x"
        assert "readable text" in caplog.text


def test_a_keyring_that_cannot_be_read_has_no_password(monkeypatch, caplog):
    keyring = pytest.importorskip("keyring")
    from keyring.errors import KeyringLocked

    from planalign_orchestrator.network.credentials import keyring_password

    def locked(service, username):
        raise KeyringLocked("the vault is locked")

    monkeypatch.setattr(keyring, "get_keyring", lambda: SimpleNamespace(name="vault"))
    monkeypatch.setattr(keyring, "get_password", locked)
    assert keyring_password("service", "user") is None
    assert "cannot be read: the vault is locked" in caplog.text


def test_a_user_without_a_password_is_told_where_it_was_looked_for(client, proxied, tmp_path):
    error = _error(client(proxy=_url(proxied()), proxy_username="alice"), tmp_path)
    assert error.message.startswith(f"https://{HOST}/census.csv was wanted: the proxy http://127.0.0.1")
    assert "PLANALIGN_PROXY_PASSWORD" in error.message
    assert "keyring set planalign-proxy alice" in error.remedy


def test_407_without_credentials(client, proxied, tmp_path):
    proxy = proxied(sign_on=("alice", PASSWORD))
    error = _error(client(proxy=_url(proxy), attempts=5), tmp_path)
    assert "407" in error.message and error.message.endswith("offers Basic.")
    assert f"through the proxy {_url(proxy)} (from network.proxy)" in error.message
    assert "network.proxy_username" in error.remedy
    assert len(proxy.requests) == 1, "the refusal itself says what the proxy offers"


def test_407_with_the_wrong_password(client, proxied, tmp_path):
    proxy = proxied(sign_on=("alice", "other"))
    environment = {"HTTPS_PROXY": _url(proxy, f"alice:{PASSWORD}@")}
    error = _error(client(environment=environment), tmp_path)
    assert "did not accept the user alice" in error.message
    assert "alice:***@127.0.0.1" in error.message
    assert "from the environment variable HTTPS_PROXY" in error.message


def test_407_that_needs_windows_sign_on_names_the_helper(client, proxied, tmp_path):
    proxy = proxied(sign_on=("alice", PASSWORD), schemes=("Negotiate", "NTLM"))
    error = _error(client(proxy=_url(proxy)), tmp_path)
    assert "offers Negotiate, NTLM" in error.message
    assert f"px --proxy=127.0.0.1:{proxy.port} --port=3128" in error.remedy


def test_a_proxy_that_forbids_the_host(client, proxied, tmp_path):
    proxy = proxied(refusal=(403, "Forbidden by policy"))
    error = _error(client(proxy=_url(proxy), attempts=4), tmp_path)
    assert f"refuses connections to {HOST}:443 (403 Forbidden by policy)" in error.message
    assert f"allow {HOST}:443" in error.remedy
    assert len(proxy.requests) == 1


def test_a_proxy_that_cannot_reach_the_host_is_asked_again(client, proxied, tmp_path):
    proxy = proxied(refusal=(502, "Bad Gateway"))
    assert "could not reach" in _error(client(proxy=_url(proxy), attempts=3), tmp_path).message
    assert len(proxy.requests) == 3


def test_a_proxy_that_is_not_there(client, tmp_path):
    place = f"http://127.0.0.1:{free_port()}"
    error = _error(client(proxy=place), tmp_path)
    assert f"the proxy {place} refused the connection" in error.message
    assert "right address of the web proxy" in error.remedy


def test_a_proxy_whose_name_is_unknown(client, tmp_path):
    error = _error(client(proxy="http://proxy.invalid:8080"), tmp_path)
    assert "the proxy proxy.invalid is unknown" in error.message


def test_a_proxy_that_speaks_tls(client, proxied, authority: trustme.CA, tmp_path):
    proxy = proxied(tls=server_tls(authority.issue_cert("localhost")), sign_on=("alice", PASSWORD))
    environment = {"HTTPS_PROXY": f"https://alice:{PASSWORD}@localhost:{proxy.port}"}
    assert _fetched(client(environment=environment), tmp_path)


def test_an_inspecting_proxy_needs_its_authority(client, proxied, authority, inspector, tmp_path):
    proxy = proxied(inspector=inspector, upstream_ca=authority)
    error = _error(client(proxy=_url(proxy), attempts=4), tmp_path)
    assert "issued by" in error.message and "Corp Inspection" in error.message
    assert "network.ca_bundle" in error.remedy

    inspector.cert_pem.write_to_path(str(tmp_path / "inspection.pem"))
    assert _fetched(client(proxy=_url(proxy), ca_bundle=str(tmp_path / "inspection.pem")), tmp_path)


def test_a_proxy_that_never_answers(client, running_server, tmp_path):
    silent = running_server(hangs)
    silent.tls = None
    error = _error(client(proxy=_url(silent), read_timeout_seconds=0.2), tmp_path)
    assert f"through the proxy {_url(silent)}" in error.message and "stopped answering" in error.message
    started = time.monotonic()
    assert "total_timeout_seconds" in _error(client(proxy=_url(silent), total_timeout_seconds=0.5), tmp_path).message
    assert time.monotonic() - started < 8


def test_the_command_ends_with_seven_and_one_paragraph(proxied, tmp_path):
    proxy = proxied(sign_on=("alice", "other"))
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environment |= {"HTTPS_PROXY": _url(proxy, f"alice:{PASSWORD}@")}
    address = f"https://me:TOKEN@{HOST}/census.csv?sig=TOKEN"

    done = subprocess.run(
        [sys.executable, "-m", "planalign_orchestrator", "census", "validate", address],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 7, done.stderr
    message, remedy = done.stderr.strip().splitlines()
    tried, proxy_told, came_back = (
        rf"https://\*\*\*@{HOST}/census.csv",
        rf"through the proxy http://\*\*\*@127\.0\.0\.1:{proxy.port} \(from .* HTTPS_PROXY\)",
        "did not accept the user alice",
    )
    assert re.search(f"error: {tried}.* {proxy_told}: .*{came_back}.*407", message)
    assert "ask IT" in remedy
    assert PASSWORD not in done.stderr + done.stdout and "TOKEN" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("text", "user", "password", "place"),
    [
        ("http://proxy:8080", None, None, "proxy:8080"),
        ("proxy.example.com", None, None, "proxy.example.com:80"),
        ("https://proxy/", None, None, "proxy:443"),
        ("http://me@proxy:1", "me", None, "proxy:1"),
        ("http://me:@proxy:1", "me", "", "proxy:1"),
        ("http://me:a@b:c/d@proxy:1/", "me", "a@b:c/d", "proxy:1"),
        ("http://me:50%@proxy:1", "me", "50%", "proxy:1"),
        ("http://me:50%25@proxy:1", "me", "50%", "proxy:1"),
        ("http://[::1]:8080", None, None, "[::1]:8080"),
    ],
)
def test_proxy_addresses(text, user, password, place):
    proxy = parse_proxy(text, "a test")
    assert (proxy.username, proxy.password, proxy.place) == (user, password, place)
    assert not password or password not in f"{proxy.shown}{proxy!r}"


@pytest.mark.parametrize("text", ["socks5://proxy:1080", "http://", "http://proxy:80:90", "http://two words:1"])
def test_what_is_no_proxy_address(text):
    with pytest.raises(NetworkError, match="a test"):
        parse_proxy(text, "a test")
