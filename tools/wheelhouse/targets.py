"""The computer that will install from a wheelhouse: which wheels suit it, and what markers say there."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from planalign_orchestrator.errors import ConfigurationError

_LINUX_TAGS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux_2_12", "manylinux2010", "manylinux_2_5")
_MACOS = "14_0"

PLATFORMS = ("windows", "linux", "linux-arm", "macos", "macos-intel")
"""What can be asked for; the first is what most companies want."""


@dataclass(frozen=True)
class Target:
    """A kind of computer.

    Args:
        name: one of ``PLATFORMS``.
        python: the minor version, such as ``3.12``.
    """

    name: str
    python: str

    @property
    def tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that suit, the best first."""
        machine = "aarch64" if self.name == "linux-arm" else "x86_64"
        return {
            "windows": ("win_amd64",),
            "macos": (f"macosx_{_MACOS}_arm64",),
            "macos-intel": (f"macosx_{_MACOS}_x86_64",),
        }.get(self.name, tuple(f"{tag}_{machine}" for tag in _LINUX_TAGS))

    @property
    def markers(self) -> dict[str, str]:
        """What the markers of a requirement evaluate to there."""
        system, os_name, sys_platform = {
            "windows": ("Windows", "nt", "win32"),
            "macos": ("Darwin", "posix", "darwin"),
            "macos-intel": ("Darwin", "posix", "darwin"),
        }.get(self.name, ("Linux", "posix", "linux"))
        machine = {"windows": "AMD64", "linux-arm": "aarch64", "macos": "arm64"}.get(self.name, "x86_64")
        return {
            "platform_system": system,
            "os_name": os_name,
            "sys_platform": sys_platform,
            "platform_machine": machine,
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }


def target_for(name: str | None = None, python: str | None = None) -> Target:
    """The computer that is asked for; what is left out is as on this one.

    Raises:
        ConfigurationError: nobody knows such a computer.
    """
    chosen = name or _this_platform()
    version = python or f"{sys.version_info.major}.{sys.version_info.minor}"
    if chosen not in PLATFORMS:
        raise ConfigurationError(f"there is no platform {chosen!r}", remedy=f"Choose one of {', '.join(PLATFORMS)}.")
    parts = version.split(".")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise ConfigurationError(f"{version!r} is no Python version", remedy="Write it as 3.12.")
    return Target(chosen, version)


def _this_platform() -> str:
    arm = platform.machine().lower() in ("arm64", "aarch64")
    if sys.platform == "darwin":
        return "macos" if arm else "macos-intel"
    if sys.platform == "win32":
        return "windows"
    return "linux-arm" if arm else "linux"
