"""Python and the packages: right versions, one of each; and the index that pip takes them from."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distributions, requires, version

from planalign_orchestrator.doctor.report import Check, fault, ok, warning
from planalign_orchestrator.pip_process import run_pip

PACKAGE = "planalign-engine"
OLDEST_PYTHON = (3, 10)
SINGLE = ("duckdb", "dbt-core", "dbt-duckdb", "dbt-adapters", "dbt-common", PACKAGE)
"""Packages of which a second copy on the path decides by chance which one runs."""

_REINSTALL = f"python -m pip install --upgrade --force-reinstall {PACKAGE}"

PUBLIC_INDEX = "https://pypi.org/simple/"
VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_INDEX_LINE = re.compile(r"^(?:global|install|:env:)\.index-url='(?P<url>[^']+)'", re.MULTILINE)
_LONGEST_SECONDS = 20


def package_checks() -> Iterator[Check]:
    """All checks of this module."""
    yield python_check(sys.version_info[:3], sys.maxsize > 2**32)
    yield versions_check()
    yield copies_check(distributions())


def python_check(number: tuple[int, ...], has_64_bits: bool) -> Check:
    """Whether this Python can run the program."""
    shown = f"{'.'.join(map(str, number))}, {64 if has_64_bits else 32} bit, {platform.system()} {platform.machine()}"
    if number[:2] < OLDEST_PYTHON:
        return fault("Python", shown, "Install Python 3.10 or newer, 64 bit, from python.org or the software center.")
    if not has_64_bits:
        return fault("Python", shown, "Install the 64 bit Python: DuckDB has none for 32 bit.")
    return ok("Python", shown)


def versions_check() -> Check:
    """Whether every package that the program declares is there in a version that it allows."""
    from packaging.requirements import Requirement

    wrong: list[str] = []
    for text in requires(PACKAGE) or []:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} is {installed}, needed is {requirement.specifier}")
    if wrong:
        return fault("packages", "; ".join(wrong), _REINSTALL)
    shown = ", ".join(f"{name} {version(name)}" for name in (PACKAGE, "duckdb", "jinja2"))
    return ok("packages", shown)


def copies_check(installed: Iterable[Distribution]) -> Check:
    """Whether a package is there twice, or the other dbt beside the one that is used."""
    places: dict[str, set[str]] = {}
    for distribution in installed:
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        places.setdefault(name, set()).add(f"{distribution.version} in {distribution.locate_file('')}")
    double = [f"{name}: {' and '.join(sorted(places[name]))}" for name in SINGLE if len(places.get(name, ())) > 1]
    if double:
        return fault(
            "conflicts",
            f"installed more than once: {'; '.join(double)}",
            f"Make a fresh environment: python -m venv planalign, then in it: pip install {PACKAGE}",
        )
    if "dbt" in places:
        return warning(
            "conflicts",
            "the package dbt (version 2) is installed beside dbt-core and takes over the command dbt",
            "python -m pip uninstall dbt, then " + _REINSTALL,
        )
    return ok("conflicts", "every package is installed once")


def package_index(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the index that an installation would use."""
    for name in VARIABLES:
        if value := environment.get(name, "").strip():
            return value
    return index_in(_pip_configuration()) or PUBLIC_INDEX


def index_in(configuration: str) -> str | None:
    """The index in the output of ``pip config list``."""
    match = _INDEX_LINE.search(configuration)
    return match["url"] if match else None


def _pip_configuration() -> str:
    try:
        return run_pip(["config", "list"], timeout=_LONGEST_SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):  # an environment without pip has no setting of pip's
        return ""
