"""Every key of the network section does something, and wrong values are refused."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.errors import ConfigurationError, NetworkError
from planalign_orchestrator.network import Connector, fetch
from planalign_orchestrator.network.addresses import Failure, failure, parse_target
from planalign_orchestrator.network.download import attempts
from planalign_orchestrator.network.routes import SystemProxy
from planalign_orchestrator.network.trust import authorities_context
from planalign_orchestrator.studio.app import refuse_if_forbidden
from planalign_orchestrator.studio.workspace import Workspace
from tools.effects import effect_of

from .loopback import LoopbackServer, answers

TARGET = parse_target("https://files.corp.example/x")
PIN = "ab" * 32
LARGE = b"x" * (2 << 20)


class World:
    """What a proof may use: a folder, and a server with a certificate of a private authority."""

    def __init__(self, folder: Path, server: LoopbackServer, bundle: Path) -> None:
        self.folder, self.server, self.bundle = folder, server, bundle


Effect = Callable[[Network, World], Any]


def _route(settings: Network, _world: World) -> str:
    environment = {"PLANALIGN_PROXY_PASSWORD": "secret", "HTTPS_PROXY": "http://from-environment:1"}
    return Connector(settings, environment=environment, system=SystemProxy()).routes(TARGET)[0].shown


def _fetched(settings: Network, world: World) -> str:
    """What came of a download from the server, without the numbers that differ from one server to the next."""
    fast = settings.model_copy(update={"attempts": 1, "proxy": "none"})
    connector = Connector(fast, environment={}, system=SystemProxy())
    try:
        fetch(world.server.url(), world.folder / "census.csv", connector)
    except NetworkError as error:
        return error.message
    return "fetched"


def _trust(settings: Network, world: World) -> str:
    return _fetched(settings, world)


def _timeouts(settings: Network, _world: World) -> Any:
    connector = Connector(settings, environment={}, system=SystemProxy())
    route = connector.routes(TARGET)[0]
    with connector._client(authorities_context(settings, {}), route, time.monotonic() + 500) as client:
        return client.timeout


def _waits(settings: Network, _world: World) -> list[float]:
    waits: list[float] = []
    try:
        for attempt in attempts(settings, waits.append):
            with attempt:
                raise failure("silence")
    except Failure:
        return [round(wait) for wait in waits]
    raise AssertionError


def _size(settings: Network, world: World) -> str:
    return _fetched(settings.model_copy(update={"ca_bundle": str(world.bundle)}), world)


def _studio(settings: Network, world: World) -> bool:
    file = world.folder / "config" / "simulation_config.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"network: {{studio: {str(settings.studio).lower()}}}\n")
    try:
        refuse_if_forbidden(Workspace(world.folder))
    except ConfigurationError:
        return False
    return True


PROOFS: dict[str, tuple[Callable[[World], Any], str, Effect]] = {
    "proxy": (lambda world: "http://other:8080", "route", _route),
    "pac": (lambda world: _pac(world.folder), "route", _route),
    "proxy_username": (lambda world: "alice", "sign_on", _route),
    "no_proxy": (lambda world: [".corp.example"], "route", _route),
    "ca_bundle": (lambda world: str(world.bundle), "trust", _trust),
    "certificates_directory": (lambda world: str(world.bundle.parent), "trust", _trust),
    "pinned_certificates": (lambda world: {"localhost": PIN}, "trust", _trust),
    "connect_timeout_seconds": (lambda world: 4.0, "patience", _timeouts),
    "read_timeout_seconds": (lambda world: 7.0, "patience", _timeouts),
    "total_timeout_seconds": (lambda world: 3.0, "patience", _waits),
    "attempts": (lambda world: 3, "patience", _waits),
    "retry_wait_seconds": (lambda world: 8.0, "patience", _waits),
    "retry_wait_maximum_seconds": (lambda world: 0.0, "patience", _waits),
    "maximum_download_mb": (lambda world: 1, "patience", _size),
    "studio": (lambda world: False, "studio", _studio),
}
"""For every setting of the network another value, what its description says it changes, and how that is seen."""


def _pac(folder: Path) -> str:
    pytest.importorskip("pypac")
    path = folder / "proxy.pac"
    path.write_text("function FindProxyForURL(url, host) { return 'PROXY by-pac:1'; }")
    return str(path)


@pytest.mark.parametrize("key", PROOFS)
def test_every_key_changes_what_it_says(key, tmp_path, running_server, bundle):
    world = World(tmp_path, running_server(answers(LARGE)), bundle)
    value, effect, seen = PROOFS[key]
    assert effect_of(f"network.{key}") == f"output:network.{effect}"
    assert seen(Network(), world) != seen(Network(**{key: value(world)}), world)


@pytest.mark.parametrize("seen", [_route, _trust, _timeouts, _waits, _size])
def test_what_is_seen_stays_when_nothing_is_changed(seen, tmp_path, running_server, bundle):
    world = World(tmp_path, running_server(answers(LARGE)), bundle)
    if seen is not _waits:  # these vary by chance, by design
        assert seen(Network(), world) == seen(Network(), world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"proxy": "http://alice:secret@proxy:8080"},
        {"proxy": "alice:secret@proxy"},
        {"proxy": "socks5://proxy:1080"},
        {"proxy": "http://proxy:port"},
        {"proxy": "http://proxy:8080", "pac": "x.pac"},
        {"pinned_certificates": {"host": "12:34"}},
        {"attempts": 0},
        {"connect_timeout_seconds": 0},
        {"read_timeout_seconds": -1},
        {"retry_wait_seconds": float("nan")},
        {"allow_self_signed": True},
        {"verify": False},
    ],
)
def test_wrong_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        Network(**wrong)


@pytest.mark.parametrize("proxy", ["auto", "none", "proxy:8080", "http://proxy", "HTTPS://[::1]:8080/"])
def test_proxies_that_are_accepted(proxy):
    assert Network(proxy=proxy).proxy == proxy


def test_a_fingerprint_may_be_written_in_every_usual_way():
    pins = {"a": "SHA256:" + PIN.upper(), "b": ":".join(["ab"] * 32), "c": PIN}
    assert set(Network(pinned_certificates=pins).pinned_certificates.values()) == {PIN}


TEMPLATE = Path(__file__).resolve().parents[2] / "config" / "corporate_network_template.yaml"


def _loaded(text: str, folder: Path) -> Network:
    from planalign_orchestrator.config.loading import load_settings

    path = folder / "corporate.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(config_file=path, scenario_file=None, environ={}, flags={}).settings.network


def test_the_template_changes_nothing_as_it_stands(tmp_path):
    assert _loaded(TEMPLATE.read_text(encoding="utf-8"), tmp_path) == Network()


def test_every_example_of_the_template_is_valid_and_every_key_has_one(tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    lines = [line.replace("  # ", "  ", 1) if _is_example(line) else line for line in text.splitlines()]
    both_ways = "\n".join(line for line in lines if not line.startswith("  pac:"))
    by_pac = "\n".join(line for line in lines if not line.startswith("  proxy:"))
    found = [_loaded(part, tmp_path) for part in (both_ways, by_pac)]
    changed = {key for one in found for key in Network.model_fields if getattr(one, key) != getattr(Network(), key)}
    assert changed == set(Network.model_fields)


def _is_example(line: str) -> bool:
    words = line.removeprefix("  # ")
    return words != line and re.match(r" *[a-z_.]+:( |$)", words) is not None


@pytest.mark.parametrize(("content", "code"), [("network: {attempts: 7}", 0), ("network: {attemps: 7}", 2)])
def test_the_settings_can_be_shown(tmp_path, content, code):
    (tmp_path / "c.yaml").write_text(content)
    done = subprocess.run(
        [sys.executable, str(TEMPLATE.with_name("network_config.py")), str(tmp_path / "c.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert ("network.attempts: 7" in done.stdout) == (code == 0)
    assert ("did you mean attempts" in done.stderr) == (code == 2)


def test_the_document_for_administrators_says_what_the_defaults_are():
    text = " ".join((TEMPLATE.parents[1] / "docs" / "it-administrators.md").read_text(encoding="utf-8").split())
    default = Network()
    assert f"give up after {default.connect_timeout_seconds:g} s" in text
    assert f"silence after {default.read_timeout_seconds:g} s" in text
    assert f"the whole after {default.total_timeout_seconds / 60:g} minutes" in text
    assert f"is tried {default.attempts} times" in text
    for key in ("proxy", "pac", "no_proxy", "ca_bundle", "certificates_directory", "pinned_certificates"):
        assert f"`network.{key}" in text
