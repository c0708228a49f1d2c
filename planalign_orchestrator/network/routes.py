"""The way out to a host: straight, or through which proxy, and who said so; by curl's rules for NO_PROXY."""

import ipaddress
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.network.addresses import ProxyAddress, Target, parse_proxy
from planalign_orchestrator.network.credentials import KeyringLookup, keyring_password, with_credentials
from planalign_orchestrator.network.pac import pac_supported, proxies_from_pac, read_pac
from planalign_orchestrator.network.system_proxy import SystemProxy, system_proxy

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
    if with_port := _WITH_PORT.fullmatch(entry):
        return int(with_port["port"]) == port and _matches(host, port, with_port["host"])
    entry = entry.strip("[]")
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        name = entry.strip(".")
        return entry == "*" or (bool(name) and f".{host}".endswith(f".{name}"))
    with suppress(ValueError):  # a name is no block of addresses
        return address in ipaddress.ip_network(entry, strict=False)
    return entry == "*"


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


@dataclass
class Router(ABC):
    """Decides the ways out by settings, then environment, then operating system.

    Args:
        settings: of the network.
        environment: variables.
        system: proxy settings of the operating system.
        keyring: looks up passwords.
    """

    settings: Network = field(default_factory=Network)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    system: SystemProxy = field(default_factory=system_proxy)
    keyring: KeyringLookup = keyring_password
    _pac_texts: dict[str, str] = field(default_factory=dict, init=False)

    @abstractmethod
    def download_pac(self, address: str) -> str:
        """Fetch a PAC file without a proxy."""

    def routes(self, target: Target) -> list[Route]:
        """The ways to a server, the preferred one first; only a PAC file names more than one."""
        return [self._signed_on(route) for route in self._unsigned(target.host, target.port)]

    def _signed_on(self, route: Route) -> Route:
        if route.proxy is None:
            return route
        return replace(route, proxy=with_credentials(route.proxy, self.settings, self.environment, self.keyring))

    def _unsigned(self, host: str, port: int) -> list[Route]:
        if self.settings.proxy == "none":
            return [Route(None, "network.proxy is none")]
        if exempt := self._exemption(host, port):
            return [Route(None, exempt)]
        if self.settings.proxy != "auto":
            return [_by_proxy(self.settings.proxy, "network.proxy")]
        if self.settings.pac is not None:
            shown = without_secrets(self.settings.pac)
            return self._by_pac(host, port, f"the PAC file {shown} (network.pac)", self.settings.pac)
        for name in PROXY_VARIABLES:
            if value := self.environment.get(name, "").strip():
                return [_by_proxy(value, f"the environment variable {name}")]
        return self._by_system(host, port)

    def _exemption(self, host: str, port: int) -> str | None:
        if self.settings.no_proxy is not None:
            entry = matching_entry(host, port, self.settings.no_proxy)
            return f"{entry} in network.no_proxy" if entry else None
        # As curl does it: the first that holds something counts, and the other one not at all.
        name = next((name for name in NO_PROXY_VARIABLES if self.environment.get(name)), NO_PROXY_VARIABLES[0])
        entry = matching_entry(host, port, split_no_proxy(self.environment.get(name, "")))
        return f"{entry} in {name}" if entry else None

    def _by_system(self, host: str, port: int) -> list[Route]:
        system = self.system
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
        if self.settings.no_proxy is None and system.bypasses(host):
            return [Route(None, f"{system.name} exempt {host}")]
        return [_by_proxy(value, system.name)]

    def _by_pac(self, host: str, port: int, source: str, address: str) -> list[Route]:
        if address not in self._pac_texts:
            self._pac_texts[address] = read_pac(address, self.download_pac)
        ways = proxies_from_pac(self._pac_texts[address], host, port, source)
        return [Route(proxy, source) for proxy in ways]


def _by_proxy(text: str, source: str) -> Route:
    return Route(parse_proxy(text, source), source)
