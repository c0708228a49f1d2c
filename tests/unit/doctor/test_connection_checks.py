"""The doctor's findings about the way to a server, on real servers and proxies of this machine."""

from __future__ import annotations

import email.utils
import time

import pytest

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.doctor import Patient, connections, examination, packages
from planalign_orchestrator.network.client import Connector
from planalign_orchestrator.network.routes import SystemProxy
from tests.network.conftest import authority, bundle, inspector, running_proxy, running_server  # noqa: F401
from tests.network.loopback import answers, free_port

HOST = "files.corp.example"


def _connector(environment=None, **settings) -> Connector:
    fast = {"connect_timeout_seconds": 10, "read_timeout_seconds": 10}
    return Connector(Network(**(fast | settings)), environment=environment or {}, system=SystemProxy())


def _found(connector, host):
    return [(check.name.split()[0], check.status, check) for check in connections.connection_checks(connector, host)]


def test_a_straight_way(running_server, bundle):  # noqa: F811
    server = running_server(answers())
    found = _found(_connector(ca_bundle=str(bundle)), f"localhost:{server.port}")
    assert [step[:2] for step in found] == [("way", "ok"), ("name", "ok"), ("connection", "ok"), ("certificate", "ok")]
    assert "directly (no proxy is configured)" in found[0][2].finding
    assert "Test Authority" in found[3][2].finding
    assert "a private authority, not a public one" in found[3][2].finding


def test_a_way_through_an_inspecting_proxy(running_server, running_proxy, authority, inspector, tmp_path):  # noqa: F811
    server = running_server(answers(), host=HOST)
    proxy = running_proxy(places={HOST: server.port}, inspector=inspector, upstream_ca=authority)
    environment = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}

    untrusted = _found(_connector(environment), HOST)
    assert untrusted[-1][:2] == ("certificate", "fault")
    assert "Corp Inspection" in untrusted[-1][2].finding
    assert "network.ca_bundle" in untrusted[-1][2].remedy

    inspector.cert_pem.write_to_path(str(tmp_path / "inspection.pem"))
    trusted = _found(_connector(environment, ca_bundle=str(tmp_path / "inspection.pem")), HOST)
    assert [step[1] for step in trusted] == ["ok"] * 4
    assert "environment variable HTTPS_PROXY" in trusted[0][2].finding
    assert "name of the proxy 127.0.0.1" in trusted[1][2].name
    assert "inspects and re-signs" in trusted[3][2].finding


def test_a_public_authority_is_called_that(running_server, authority, bundle, monkeypatch):  # noqa: F811
    server = running_server(answers())
    monkeypatch.setattr("certifi.where", lambda: str(bundle))
    found = _found(_connector(ca_bundle=str(bundle)), f"localhost:{server.port}")
    assert "nobody re-signs" in found[3][2].finding


def test_a_pinned_server(running_server, authority, tmp_path):  # noqa: F811
    server = running_server(answers())
    place = f"localhost:{server.port}"
    refused = _found(_connector(), place)[-1][2]
    assert refused.status == "fault"
    chain = _connector().certificates(
        connections.parse_target(f"https://{place}/"),
        _connector().routes(connections.parse_target(f"https://{place}/"))[0],
        time.monotonic() + 5,
    )
    found = _found(_connector(pinned_certificates={place: chain[0].sha256}), place)
    assert "is the pinned one" in found[-1][2].finding


@pytest.mark.parametrize(
    ("place", "environment", "step", "words"),
    [
        ("nowhere.invalid", {}, "name", "only the web proxy knows"),
        ("localhost:{free}", {}, "connection", "firewall"),
        (HOST, {"HTTPS_PROXY": "http://127.0.0.1:{free}"}, "connection", "(the web proxy)"),
        (HOST, {"HTTPS_PROXY": "http://proxy.invalid:1"}, "name", "address of the web proxy"),
        (HOST, {"HTTPS_PROXY": "socks5://proxy:1"}, "way", "HTTP proxy"),
        ("http://plain.example", {}, "way", "https:// address"),
    ],
)
def test_where_the_way_ends(place, environment, step, words):
    free = free_port()
    environment = {name: value.format(free=free) for name, value in environment.items()}
    *before, last = _found(_connector(environment), place.format(free=free))
    assert last[:2] == (step, "fault")
    assert words in last[2].remedy
    assert all(check.status == "ok" for _, _, check in before)


def test_a_proxy_that_wants_a_password(running_proxy):  # noqa: F811
    proxy = running_proxy(sign_on=("a", "b"))
    last = _found(_connector({"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}), HOST)[-1]
    assert last[:2] == ("certificate", "fault")
    assert "407" in last[2].finding


def test_the_package_index_and_its_clock(running_server, bundle):  # noqa: F811
    late = email.utils.formatdate(time.time() - 3600, usegmt=True)

    def page(handler):
        handler.send_response_only(200)
        handler.send_header("Date", late)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server = running_server(page)
    found = list(connections.page_checks(_connector(ca_bundle=str(bundle)), "package index", server.url()))
    assert [check.status for check in found] == ["ok", "warning"]
    assert found[1].finding.startswith("+36")


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_package_index_that_refuses(running_server, bundle, status):  # noqa: F811
    server = running_server(answers(status=status))
    (check,) = connections.page_checks(_connector(ca_bundle=str(bundle)), "package index", server.url())
    assert check.status == "fault" and str(status) in check.finding and check.remedy


def test_which_index_pip_uses(monkeypatch):
    assert packages.package_index({"PIP_INDEX_URL": "https://nexus/simple"}) == "https://nexus/simple"
    monkeypatch.setattr(packages, "_pip_configuration", lambda: "global.index-url='https://corp/simple'\n")
    assert packages.package_index({}) == "https://corp/simple"
    monkeypatch.setattr(packages, "_pip_configuration", lambda: "global.cert='/x'\n")
    assert packages.package_index({}) == packages.PUBLIC_INDEX


def test_passwords_of_addresses_do_not_show(running_server, bundle, monkeypatch):  # noqa: F811
    server = running_server(answers())
    index = server.url(path="/simple/").replace("://", "://me:SECRET@")
    monkeypatch.setenv("PIP_INDEX_URL", index)
    settings = Network(ca_bundle=str(bundle), proxy="none")

    found = list(examination._network_checks(Patient(), settings, [server.url(path="/census.csv?sig=SECRET")]))
    assert [check.name.split()[0] for check in found] == [
        "way",
        "name",
        "connection",
        "certificate",
        "package",
        "clock",
    ]
    assert all(check.status == "ok" for check in found)
    assert server.requests[-1].headers["Authorization"].startswith("Basic ")

    monkeypatch.setenv("PIP_INDEX_URL", index.replace("https", "http"))
    found += examination._network_checks(Patient(), settings, [])
    monkeypatch.setenv("PIP_INDEX_URL", f"https://me:SECRET@localhost:{free_port()}/simple/")
    found += examination._network_checks(Patient(hosts=("ftp://me:SECRET@x", "https://me:a/SECRET@x")), settings, [])
    assert [check.status for check in found].count("fault") == 4
    assert "SECRET" not in str(found)
