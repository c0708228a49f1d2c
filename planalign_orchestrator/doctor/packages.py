"""Python and the packages: right versions, one of each; and the index that pip takes them from.

pip is a process of its own, whose words are read whatever the console's encoding.
"""

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distributions, requires, version

from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.doctor.report import Check, ok, wrong

PACKAGE = "planalign-engine"
SINGLE = ("duckdb", PACKAGE)
"""Packages of which a second copy on the path decides by chance which one runs."""

PUBLIC_INDEX = "https://pypi.org/simple/"
VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_INDEX_LINE = re.compile(r"^(?:global|install|:env:)\.index-url='(?P<url>[^']+)'", re.MULTILINE)


def package_checks() -> Iterator[Check]:
    """All checks of this module."""
    yield ok("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    yield versions_check()
    yield copies_check()


def versions_check() -> Check:
    """Whether every package that the program declares is there in a version that it allows."""
    from packaging.requirements import Requirement

    faults: list[str] = []
    for text in requires(PACKAGE) or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            faults.append(f"{requirement.name} is {installed}, needed is {requirement.specifier}")
    if faults:
        return wrong("wrong packages", wrong="; ".join(faults))
    shown = ", ".join(f"{name} {version(name)}" for name in (PACKAGE, "duckdb", "jinja2"))
    return ok("packages", shown)


def copies_check(found_by: Callable[..., Iterable[Distribution]] = distributions) -> Check:
    """Whether a package is there twice."""
    places = {name: {f"{one.version} in {one.locate_file('')}" for one in found_by(name=name)} for name in SINGLE}
    if double := [f"{name}: {' and '.join(sorted(found))}" for name, found in places.items() if len(found) > 1]:
        return wrong("installed twice", double="; ".join(double))
    return ok("conflicts", "every package is installed once")


def package_index(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the index that an installation would use."""
    for name in VARIABLES:
        if value := environment.get(name, "").strip():
            return value
    match = _INDEX_LINE.search(_pip_configuration())
    return match["url"] if match else PUBLIC_INDEX


def _pip_configuration() -> str:
    with suppress(OSError, subprocess.TimeoutExpired):  # an environment without pip has no setting of pip's
        return run_pip(["config", "list"], timeout=20).stdout
    return ""


def run_pip(arguments: Sequence[str], *, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run pip and read what it says.

    pip is asked for UTF-8: on Windows a process that writes into a pipe uses the ANSI code page. What pip passes on
    from other programs may be in any encoding; bytes that are not UTF-8 become U+FFFD.

    Args:
        arguments: of pip.
        timeout: seconds.

    Raises:
        OSError: the interpreter cannot be started.
        subprocess.TimeoutExpired: it took longer.
    """
    return subprocess.run(
        isolated("pip", *arguments),
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
