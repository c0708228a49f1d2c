"""The way out to a host: straight, or through which proxy, and who said so; by curl's rules for NO_PROXY."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.network.addresses import ProxyAddress, parse_proxy
from planalign_orchestrator.network.credentials import KeyringLookup, with_credentials
from planalign_orchestrator.network.pac import Download, pac_supported, proxies_from_pac, read_pac
from planalign_orchestrator.network.system_proxy import SystemProxy

_WITH_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d{1,5})")

PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
NO_PROXY_VARIABLES = ("no_proxy", "NO_PROXY")


def split_no_proxy(text: str) -> list[str]:
    """The entries of a ``NO_PROXY`` variable: separated by commas or blanks."""
    return [entry for entry in re.split(r"[,\s]+", text) if entry]


def matching_entry(host: str, port: int, entries: Iterable[str]) -> str | None:
    """The entry that exempts a host from the proxy, or None.

    ``*`` exempts everything. ``example.com`` and ``.example.com`` exempt the domain and all hosts in it, but not
    ``notexample.com``. An address exempts itself, ``10.0.0.0/8`` a block; names are not resolved. An entry with a port
    holds for that port alone.
    """
    for entry in entries:
        if _matches(host.lower().rstrip("."), port, entry.strip().lower()):
            return entry
    return None


def _matches(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    with_port = _WITH_PORT.fullmatch(entry)
    if with_port is not None:
        if int(with_port["port"]) != port:
            return False
        entry = with_port["host"]
    entry = entry.strip("[]")
    address = _address(host)
    if address is not None:
        return _in_block(address, entry)
    name = entry.strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _in_block(address: ipaddress.IPv4Address | ipaddress.IPv6Address, entry: str) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


@dataclass(frozen=True)
class Route:
    """One way out.

    Args:
        proxy: the proxy, or None for a straight connection.
        source: who decided it, in words.
    """

    proxy: ProxyAddress | None
    source: str

    @property
    def shown(self) -> str:
        """The way in words, without the password."""
        if self.proxy is None:
            return f"directly ({self.source})"
        return f"through the proxy {self.proxy.shown} (from {self.source})"


class Router:
    """Decides the ways out by settings, then environment, then operating system.

    Args:
        settings: of the network.
        environment: variables.
        system: proxy settings of the operating system.
        download: fetches a PAC file without a proxy.
        keyring: looks up passwords; None is the system's.
    """

    def __init__(
        self,
        settings: Network,
        environment: Mapping[str, str],
        system: SystemProxy,
        download: Download,
        keyring: KeyringLookup | None = None,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._system = system
        self._download = download
        self._keyring = keyring
        self._pac_texts: dict[str, str] = {}

    def routes(self, host: str, port: int) -> list[Route]:
        """The ways to a host, the preferred one first; only a PAC file names more than one."""
        return [self._signed_on(route) for route in self._unsigned(host, port)]

    def _unsigned(self, host: str, port: int) -> list[Route]:
        if self._settings.proxy == "none":
            return [Route(None, "network.proxy is none")]
        if exempt := self._exemption(host, port):
            return [Route(None, exempt)]
        if self._settings.proxy != "auto":
            return [self._proxy(self._settings.proxy, "network.proxy")]
        if self._settings.pac is not None:
            shown = without_secrets(self._settings.pac)
            return self._by_pac(host, port, f"the PAC file {shown} (network.pac)", self._settings.pac)
        for name in PROXY_VARIABLES:
            if value := self._environment.get(name, "").strip():
                return [self._proxy(value, f"the environment variable {name}")]
        return self._by_system(host, port)

    def _exemption(self, host: str, port: int) -> str | None:
        if self._settings.no_proxy is not None:
            entry = matching_entry(host, port, self._settings.no_proxy)
            return f"{entry} in network.no_proxy" if entry else None
        # As curl does it: the first that holds something counts, and the other one not at all.
        name = next((name for name in NO_PROXY_VARIABLES if self._environment.get(name)), NO_PROXY_VARIABLES[0])
        entry = matching_entry(host, port, split_no_proxy(self._environment.get(name, "")))
        return f"{entry} in {name}" if entry else None

    def _by_system(self, host: str, port: int) -> list[Route]:
        system = self._system
        note = "no proxy is configured"
        if address := system.pac_address():
            shown = without_secrets(address)
            if pac_supported():
                return self._by_pac(host, port, f"the PAC file {shown} ({system.name})", address)
            note = f"{system.name} name the PAC file {shown}, which needs the extra 'pac'"
        proxies = system.proxies()
        value = proxies.get("https") or proxies.get("all")
        if not value:
            return [Route(None, note)]
        if self._settings.no_proxy is None and system.bypasses(host):
            return [Route(None, f"{system.name} exempt {host}")]
        return [self._proxy(value, system.name)]

    def _by_pac(self, host: str, port: int, source: str, address: str) -> list[Route]:
        if address not in self._pac_texts:
            self._pac_texts[address] = read_pac(address, self._download)
        ways = proxies_from_pac(self._pac_texts[address], host, port, source)
        return [Route(proxy, source) for proxy in ways]

    def _proxy(self, text: str, source: str) -> Route:
        return Route(parse_proxy(text, source), source)

    def _signed_on(self, route: Route) -> Route:
        if route.proxy is None:
            return route
        return Route(with_credentials(route.proxy, self._settings, self._environment, self._keyring), route.source)
