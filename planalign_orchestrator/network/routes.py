"""The way out to a host: straight, or through which proxy, and who said so; by curl's rules for NO_PROXY.

The operating system says it in the Windows registry or in the network settings of macOS; a proxy auto-configuration is
a JavaScript file that names the proxies of a host, evaluated by pypac (extra ``pac``).
"""

import importlib.util
import ipaddress
import logging
import os
import re
import subprocess
import sys
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import ConfigurationError, instead_of
from planalign_orchestrator.network.addresses import ProxyAddress, Target, failure, parse_proxy
from planalign_orchestrator.network.credentials import KeyringLookup, keyring_password, with_credentials

LARGEST_PAC = 1 << 20
"""Firefox and Chromium refuse larger ones as well."""

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")

_log = logging.getLogger(__name__)


def pac_supported() -> bool:
    """Whether the extra that evaluates PAC files is installed."""
    return importlib.util.find_spec("pypac") is not None


def read_pac(address: str, download: Callable[[str], str]) -> str:
    """The text of a PAC file.

    Args:
        address: a path, a ``file://`` or an ``http(s)://`` address.
        download: fetches an address without a proxy (none is known yet).

    Raises:
        ConfigurationError: there is no such file.
    """
    if not _WINDOWS_PATH.match(address) and urlsplit(address).scheme.lower() in ("http", "https"):
        return download(address)
    path = Path(unquote(urlsplit(address).path)) if address.lower().startswith("file://") else Path(address)
    if re.match(r"[\\/][A-Za-z]:", str(path)):  # file:///C:/proxy.pac
        path = Path(str(path)[1:])
    with instead_of(OSError, ConfigurationError.told, "unreadable PAC file", path=path):
        return path.expanduser().open(encoding="utf-8", errors="replace").read(LARGEST_PAC)


def proxies_from_pac(text: str, host: str, port: int, source: str) -> list[ProxyAddress | None]:
    """The ways out that a PAC file names for a host, in its order; None stands for a direct connection.

    Raises:
        NetworkError: the file is broken, or names only proxies that are not supported.
    """
    answer = _evaluate(text, host, port, source)
    ways: list[ProxyAddress | None] = []
    for entry in filter(None, (part.strip() for part in answer.split(";"))):
        keyword, _, place = entry.partition(" ")
        if keyword.upper() == "DIRECT":
            ways.append(None)
        elif keyword.upper() in ("PROXY", "HTTP", "HTTPS"):
            scheme = "https" if keyword.upper() == "HTTPS" else "http"
            ways.append(proxy := parse_proxy(f"{scheme}://{place.strip()}", source))
            if proxy.password is not None:
                _log.warning("%s holds the password of a proxy; everybody who can read that file has it", source)
    if not ways:
        raise failure("PAC file without a proxy", source=source, answer=answer, host=host)
    return ways


def _evaluate(text: str, host: str, port: int, source: str) -> str:
    if not pac_supported():
        raise failure("no PAC support", source=source, host=host)
    # Neither has type information; as an optional extra they may also be absent when types are checked.
    dukpy: Any = import_module("dukpy")
    parser: Any = import_module("pypac.parser")

    place = host if port == 443 else f"{host}:{port}"
    try:
        # Browsers leave path and query out as well: a PAC file may come from anywhere and could pass them on.
        return str(parser.PACFile(text).find_proxy_for_url(f"https://{place}/", host) or "DIRECT")
    except (parser.MalformedPacError, dukpy.JSRuntimeError) as error:
        raise failure("broken PAC file", source=source, error=" ".join(str(error).split())) from error


_POLICY = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
_ORDINARY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_URLLIB: Any = urllib.request  # what it has for a system is there on that system only
_SCUTIL_PAC = re.compile(r"ProxyAutoConfigURLString\s*:\s*(\S+)")
_SCUTIL_ON = re.compile(r"ProxyAutoConfigEnable\s*:\s*1")


@dataclass(frozen=True)
class SystemProxy:
    """The proxy settings of the operating system; by default none of its own, as on Linux: the environment has them.

    Args:
        name: what messages call them.
        proxies: address by scheme.
        bypasses: whether a host is exempt.
        pac_address: of the automatic configuration, or None.
    """

    name: str = "the system"
    proxies: Callable[[], Mapping[str, str]] = dict
    bypasses: Callable[[str], bool] = lambda _host: False
    pac_address: Callable[[], str | None] = lambda: None


def system_proxy() -> SystemProxy:
    """The proxy settings of this operating system."""
    if sys.platform == "win32":
        return SystemProxy("the Windows settings", _windows_proxies, _windows_bypasses, _windows_pac_address)
    if sys.platform == "darwin":
        return SystemProxy(
            "the macOS settings",
            _URLLIB.getproxies_macosx_sysconf,
            _URLLIB.proxy_bypass_macosx_sysconf,
            lambda: pac_address_from_scutil(_scutil()),
        )
    return SystemProxy()


def pac_address_from_scutil(output: str) -> str | None:
    """The address of the automatic configuration in the output of ``scutil --proxy``, if it is switched on."""
    found = _SCUTIL_PAC.search(output)
    return found[1] if found and _SCUTIL_ON.search(output) else None


def proxies_in(server: str) -> dict[str, str]:
    """Address by scheme from what Windows calls the proxy server: ``host:port``, or ``http=host:port;https=…``."""
    found: dict[str, str] = {}
    for part in filter(None, re.split(r"[;\s]+", server)):
        scheme, _, address = part.rpartition("=")
        found[scheme.lower() or "all"] = f"socks://{address}" if scheme.lower() == "socks" else address
    return found


def is_exempt(host: str, override: str) -> bool:
    """Whether Windows's list of exceptions names a host: patterns with ``*``, ``<local>`` for names without a dot."""
    entries = [entry.strip().lower() for entry in override.split(";")]
    return ("<local>" in entries and "." not in host) or any(fnmatch(host.lower(), entry) for entry in entries if entry)


def _windows_proxies() -> Mapping[str, str]:
    server = _machine_wide("ProxyServer")
    return dict(_URLLIB.getproxies_registry()) if server is None else proxies_in(server)


def _windows_bypasses(host: str) -> bool:
    override = _machine_wide("ProxyOverride")
    return bool(_URLLIB.proxy_bypass_registry(host)) if override is None else is_exempt(host, override)


def _machine_wide(name: str) -> str | None:
    """A value that a group policy sets for the whole machine, empty when no proxy is on; None when each user has one.

    The standard library knows the settings of users only.
    """
    if registry_value(_POLICY, "ProxySettingsPerUser") != 0:
        return None
    return str(registry_value(_ORDINARY, name) or "") if registry_value(_ORDINARY, "ProxyEnable") else ""


def registry_value(path: str, name: str, *, of_user: bool = False) -> Any:
    """A value that the Windows registry has for the machine, or for the user; None where there is none to be seen."""
    if sys.platform != "win32":
        return None
    import winreg

    hive = winreg.HKEY_CURRENT_USER if of_user else winreg.HKEY_LOCAL_MACHINE
    with suppress(OSError), winreg.OpenKey(hive, path) as key:  # not set, or not for us to see
        return winreg.QueryValueEx(key, name)[0]
    return None


def _scutil() -> str:
    command = ["/usr/sbin/scutil", "--proxy"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False).stdout


def _windows_pac_address() -> str | None:
    # Group policy comes before what the user chose in the settings.
    places = [(path, of_user) for path in (_POLICY, _ORDINARY) for of_user in (True, False)]
    found = (registry_value(path, "AutoConfigURL", of_user=of_user) for path, of_user in places)
    return next((str(value) for value in found if value), None)


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
    name = host.lower().rstrip(".")
    return next((entry for entry in entries if _matches(name, port, entry.strip().lower())), None)


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


@dataclass
class Route:
    """One way out.

    Args:
        proxy: the proxy, or None for a straight connection.
        source: who decided it, in words.

    Attributes:
        shown: the way in words, without the password.
    """

    proxy: ProxyAddress | None
    source: str

    def __post_init__(self) -> None:
        through = self.proxy and f"through the proxy {self.proxy.shown} (from {self.source})"
        self.shown = through or f"directly ({self.source})"


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
