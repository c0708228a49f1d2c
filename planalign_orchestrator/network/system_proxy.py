"""What the operating system says about proxies: the Windows registry, the macOS network settings."""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

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
    found: Mapping[str, str] = _URLLIB.getproxies_registry() if server is None else proxies_in(server)
    return found


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

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER if of_user else winreg.HKEY_LOCAL_MACHINE, path) as key:
            return winreg.QueryValueEx(key, name)[0]
    except OSError:  # not set, or not for us to see
        return None


def _scutil() -> str:
    command = ["/usr/sbin/scutil", "--proxy"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False).stdout


def _windows_pac_address() -> str | None:
    # Group policy comes before what the user chose in the settings.
    places = [(path, of_user) for path in (_POLICY, _ORDINARY) for of_user in (True, False)]
    found = (registry_value(path, "AutoConfigURL", of_user=of_user) for path, of_user in places)
    return next((str(value) for value in found if value), None)
