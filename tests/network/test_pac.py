"""Proxy auto-configuration files decide the way out."""

from __future__ import annotations

import importlib.util

import pytest

from planalign_orchestrator.errors import ConfigurationError, NetworkError
from planalign_orchestrator.network.routes import SystemProxy

from .conftest import CENSUS
from .loopback import Handler, LoopbackServer, answers, free_port, running, sends_file

pytest.importorskip("pypac")

HOST = "files.corp.example"


@pytest.fixture
def census_server(running_server):
    return running_server(sends_file(CENSUS, None), host=HOST)


@pytest.fixture
def proxy(running_proxy, census_server):
    return running_proxy(places={HOST: census_server.port})


def _pac(tmp_path, answer: str) -> str:
    path = tmp_path / "proxy.pac"
    path.write_text(
        'function FindProxyForURL(url, host) { if (dnsDomainIs(host, ".corp.example") && url == "https://files.corp.example/")'
        f" return '{answer}'; return 'DIRECT'; }}"
    )
    return str(path)


def _fetched(client, tmp_path) -> bool:
    return client.fetch(f"https://{HOST}/census.csv?a=b", tmp_path / "census.csv").read_bytes() == CENSUS


def test_a_file_names_the_proxy_and_sees_only_the_host(client, proxy, tmp_path):
    assert _fetched(client(pac=_pac(tmp_path, f"PROXY 127.0.0.1:{proxy.port}")), tmp_path)
    assert len(proxy.requests) == 1


def test_the_next_proxy_is_taken_when_one_is_down(client, proxy, tmp_path):
    pac = _pac(tmp_path, f"PROXY 127.0.0.1:{free_port()}; SOCKS 127.0.0.1:1; PROXY 127.0.0.1:{proxy.port}; DIRECT")
    assert _fetched(client(pac=pac), tmp_path)


def test_the_next_proxy_is_not_taken_when_one_forbids(client, proxy, running_proxy, tmp_path):
    strict = running_proxy(refusal=(403, "Forbidden"))
    pac = _pac(tmp_path, f"PROXY 127.0.0.1:{strict.port}; PROXY 127.0.0.1:{proxy.port}")
    with pytest.raises(NetworkError, match="403 Forbidden"):
        _fetched(client(pac=pac), tmp_path)
    assert proxy.requests == []


def test_other_hosts_go_directly(client, running_server, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    pac = _pac(tmp_path, "PROXY 127.0.0.1:1")
    assert client(pac=pac).fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


def test_the_system_names_a_file_on_a_web_server(client, proxy, tmp_path):
    script = f"function FindProxyForURL(url, host) {{ return 'PROXY 127.0.0.1:{proxy.port}'; }}".encode()
    with running(LoopbackServer(Handler, None, [answers(script)])) as web:
        address = web.url(path="/proxy.pac")
        system = SystemProxy("the Windows settings", dict, lambda _host: False, lambda: address)
        assert _fetched(client(system=system), tmp_path)
        assert len(web.requests) == 1
    with pytest.raises(NetworkError, match=r"auto-configuration file .*/proxy\.pac could not be fetched"):
        _fetched(client(system=system), tmp_path)


def test_no_proxy_comes_first(client, running_server, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    chosen = client(pac=_pac(tmp_path, "x"), no_proxy=["localhost"])
    assert chosen.fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


@pytest.mark.parametrize(
    ("answer", "words"), [("SOCKS 127.0.0.1:1080", "names no proxy that can be used"), ("", None), ("DIRECT", None)]
)
def test_answers_without_a_proxy(client, tmp_path, answer, words):
    with pytest.raises(NetworkError, match=words or "unknown to this computer"):
        _fetched(client(pac=_pac(tmp_path, answer)), tmp_path)


def test_a_broken_file(client, tmp_path):
    (tmp_path / "broken.pac").write_text("function FindProxyForURL(")
    with pytest.raises(NetworkError, match="not a PAC file that works"):
        _fetched(client(pac=str(tmp_path / "broken.pac")), tmp_path)


@pytest.mark.parametrize("form", ["path", "file address"])
def test_a_file_that_is_not_there(client, tmp_path, form):
    missing = tmp_path / "missing.pac"
    with pytest.raises(ConfigurationError, match=r"missing\.pac cannot be read"):
        _fetched(client(pac=str(missing) if form == "path" else missing.as_uri()), tmp_path)


def test_a_file_address(client, proxy, tmp_path):
    path = tmp_path / "proxy.pac"
    _pac(tmp_path, f"PROXY 127.0.0.1:{proxy.port}")
    assert _fetched(client(pac=path.as_uri()), tmp_path)


def test_without_the_extra_the_message_names_it(client, running_server, tmp_path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "planalign_orchestrator.network.routes.importlib.util.find_spec",
        lambda name, *rest: None if name == "pypac" else real(name, *rest),
    )
    with pytest.raises(NetworkError, match="not installed") as caught:
        _fetched(client(pac=_pac(tmp_path, "DIRECT")), tmp_path)
    assert "planalign-engine[pac]" in caught.value.remedy

    system = SystemProxy("the Windows settings", dict, lambda _host: False, lambda: "http://wpad/wpad.dat")
    with pytest.raises(NetworkError, match=r"the PAC file http://wpad/wpad\.dat, which needs the extra 'pac'"):
        _fetched(client(system=system), tmp_path)


def test_no_password_of_its_address_shows(client, tmp_path):
    place = f"http://me:SECRET@127.0.0.1:{free_port()}/proxy.pac?key=SECRET"
    with pytest.raises(NetworkError, match="was wanted: the proxy auto-configuration file") as caught:
        _fetched(client(pac=place), tmp_path)
    assert "SECRET" not in str(caught.value)
    with running(LoopbackServer(Handler, None, [answers(status=404)])) as web:
        place = web.url(path="/proxy.pac?key=SECRET").replace("://", "://me:SECRET@")
        with pytest.raises(NetworkError, match=r"\(404 Not Found\)") as caught:
            _fetched(client(pac=place), tmp_path)
    assert "SECRET" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_password_in_a_file_is_used_with_a_warning(client, running_proxy, census_server, tmp_path, caplog):
    proxy = running_proxy(places={HOST: census_server.port}, sign_on=("alice", "secret"))
    assert _fetched(client(pac=_pac(tmp_path, f"PROXY alice:secret@127.0.0.1:{proxy.port}")), tmp_path)
    assert "holds the password of a proxy" in caplog.text
    assert "secret" not in caplog.text
