"""All checks in their order, one family after the other."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.doctor.report import Check, wrong
from planalign_orchestrator.errors import NetworkError

Part = Literal["everything", "offline", "network"]


@dataclass(frozen=True)
class Patient:
    """What is looked at.

    Args:
        output: the folder for run folders.
        config: the configuration file; None looks where a run looks.
        hosts: servers whose way is checked, besides the package index.
        part: everything, all but the network, or the network alone.
    """

    output: Path = Path("runs")
    config: Path | None = None
    hosts: tuple[str, ...] = ()
    part: Part = "everything"


def examine(patient: Patient) -> Iterator[Check]:
    """All findings, each as it comes.

    Args:
        patient: what is looked at.
    """
    from planalign_orchestrator.doctor.inputs import addresses_in, engine_checks, input_checks, load

    if patient.part != "network":
        from planalign_orchestrator.doctor.folders import folder_checks, machine_checks
        from planalign_orchestrator.doctor.packages import package_checks

        yield from _guarded("packages", package_checks())
        yield from _guarded("machine", machine_checks(patient.output))
        yield from _guarded("folders", folder_checks(patient.output))
    settings, told = load(patient.config)
    yield told
    if patient.part != "network":
        if settings is not None:
            yield from _guarded("inputs", input_checks(settings))
        yield from _guarded("engine", engine_checks())
    if patient.part != "offline":
        network, addresses = (settings.network, addresses_in(settings)) if settings is not None else (Network(), [])
        yield from _guarded("network", _network_checks(patient, network, addresses))


def _network_checks(patient: Patient, settings: Network, addresses: list[str]) -> Iterator[Check]:
    from planalign_orchestrator.doctor.connections import connection_checks, page_checks
    from planalign_orchestrator.doctor.packages import package_index
    from planalign_orchestrator.network.client import Connector

    connector, index = Connector(settings), package_index(os.environ)
    secure = index.lower().startswith("https://")
    servers: dict[str, str] = {}  # the steps to all addresses of a server are the same
    for host in [*([index] if secure else []), *patient.hosts, *addresses]:
        servers.setdefault(_server(host), host)
    for host in servers.values():
        yield from connection_checks(connector, host)
    if secure:
        yield from page_checks(connector, "package index", f"{index.rstrip('/')}/pip/")
    else:
        yield wrong("index without https", index=without_secrets(index))


def _server(host: str) -> str:
    from planalign_orchestrator.network.addresses import parse_target

    with suppress(NetworkError):  # a bare name; or the check of the way to it will say what is wrong
        return parse_target(host).origin
    return host


def _guarded(family: str, checks: Iterator[Check]) -> Iterator[Check]:
    """The checks of a family; when one breaks, the others still come, and the break is a finding of its own."""
    try:
        yield from checks
    except Exception as error:
        yield wrong("broken off", f"{family} checks", kind=type(error).__name__, error=error)
