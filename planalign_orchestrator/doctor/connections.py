"""The way to a server, step by step: proxy, name, connection, certificate; and whether somebody inspects it."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.doctor.folders import clock_against
from planalign_orchestrator.doctor.report import Check, ok, told, wrong
from planalign_orchestrator.errors import PlanAlignError
from planalign_orchestrator.network.addresses import Target, parse_target
from planalign_orchestrator.network.client import REDIRECTS, Connector, seconds_until, status_failure
from planalign_orchestrator.network.routes import Route
from planalign_orchestrator.network.trust import Certificate, pinned_fingerprint

LONGEST_CHECK_SECONDS = 20.0
"""A diagnosis that takes minutes is not waited for."""


def connection_checks(connector: Connector, host: str) -> Iterator[Check]:
    """The steps to one server; after a fault the next steps are left out, they could only fail as well.

    Args:
        connector: opens connections as the settings say.
        host: a name, ``host:port`` or an https address.
    """
    try:
        target = parse_target(host if "://" in host else f"https://{host}/")
        routes = connector.routes(target)
    except PlanAlignError as error:
        yield told(f"way to {without_secrets(host)}", error)
        return
    route = routes[0]
    yield ok(f"way to {target.host}", "; else ".join(way.shown for way in routes))
    for step in (_name_check, _port_check, _certificate_check):
        check = step(connector, target, route)
        yield check
        if check.status == "fault":
            return


def page_checks(connector: Connector, name: str, url: str) -> Iterator[Check]:
    """Whether a page comes, and what its server's clock says.

    Args:
        connector: opens connections as the settings say.
        name: what the page is, such as ``package index``.
        url: its https address.
    """
    deadline = time.monotonic() + LONGEST_CHECK_SECONDS
    try:
        target = parse_target(url)
        route = connector.routes(target)[0]
        started = time.perf_counter()
        with connector.get(target, route, {}, deadline) as response:
            if response.status_code not in (200, *REDIRECTS):
                raise status_failure(response, target)
            seconds, date = time.perf_counter() - started, response.headers.get("Date", "")
    except PlanAlignError as error:
        yield Check(name, "fault", f"{without_secrets(url)}: {error.message}", error.remedy or "")
        return
    yield ok(name, f"{target.shown} answers in {seconds:.1f} s")
    if (behind := seconds_until(date)) is not None:
        yield clock_against(target.host, -behind)


def _name_check(_connector: Connector, target: Target, route: Route) -> Check:
    host = route.proxy.host if route.proxy else target.host
    name = f"name of {'the proxy ' if route.proxy else ''}{host}"
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        return wrong("unknown proxy" if route.proxy else "unknown server", name, error=error.strerror or error)
    return ok(name, ", ".join(sorted({str(entry[4][0]) for entry in found})))


def _port_check(connector: Connector, target: Target, route: Route) -> Check:
    host, port = (route.proxy.host, route.proxy.port) if route.proxy else (target.host, target.port)
    name = f"connection to {host}:{port}"
    started = time.perf_counter()
    try:
        with socket.create_connection((host, port), timeout=connector.settings.connect_timeout_seconds):
            return ok(name, f"open, {(time.perf_counter() - started) * 1000:.0f} ms")
    except OSError as error:
        kind = "proxy not reached" if route.proxy else "server not reached"
        return wrong(kind, name, error=error.strerror or error, place=f"{host}:{port}")


def _certificate_check(connector: Connector, target: Target, route: Route) -> Check:
    """Ask for the first page, as a download would, and look at who vouches for the server."""
    name = f"certificate of {target.host}"
    deadline = time.monotonic() + LONGEST_CHECK_SECONDS
    first_page = parse_target(f"{target.origin}/")
    try:
        with connector.get(first_page, route, {}, deadline):
            pass  # any answer will do: the connection came about
        chain = connector.certificates(target, route, deadline)
    except PlanAlignError as error:
        return told(name, error)
    except httpx.HTTPError as error:
        return wrong("unread certificate", name, error=error)
    if pinned_fingerprint(connector.settings, target.host, target.port):
        return ok(name, f"is the pinned one, {_told(chain)}")
    return ok(name, f"{_told(chain)}; {_who_vouches(connector, target, route, deadline)}")


def _who_vouches(connector: Connector, target: Target, route: Route, deadline: float) -> str:
    import certifi

    try:
        connector.certificates(target, route, deadline, Path(certifi.where()))
    except httpx.HTTPError:
        return "a private authority, not a public one: an inner server, or a proxy that inspects and re-signs traffic"
    return "a public authority: nobody re-signs this traffic"


def _told(chain: list[Certificate]) -> str:
    if not chain:
        return "its issuer could not be read"
    days = (chain[0].not_after - time.time()) / 86_400
    top = f", at the top {chain[-1].issuer}" if len(chain) > 1 else ""
    return f"issued by {chain[0].issuer}{top}, valid for {days:.0f} days"
