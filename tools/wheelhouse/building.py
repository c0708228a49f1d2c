"""Makes the folder: our wheel, then what it needs, level by level, by the markers of the other computer."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from tools.wheelhouse import pip_calls
from tools.wheelhouse.listing import write_listing
from tools.wheelhouse.targets import Target
from tools.wheelhouse.wheels import Wheel, read_wheel

PACKAGE = "planalign-engine"


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Args:
        folder: where it goes; must be empty or absent.
        target: the computer that will install from it.
        extras: optional parts of the program.
        program: a wheel, or a source folder to build one from.
    """

    folder: Path
    target: Target
    extras: tuple[str, ...]
    program: Path


def build_wheelhouse(order: Order) -> list[Wheel]:
    """Make a folder from which the program can be installed without a network; returns what is in it.

    Raises:
        ConfigurationError: the folder holds something, or an extra is unknown.
        NetworkError: a package could not be downloaded.
        PlanAlignError: what was downloaded does not fit together.
    """
    _prepare(order.folder)
    program = _program_wheel(order)
    _refuse_unknown_extras(program, order.extras)
    versions = pip_calls.resolved_versions(program.path, order.extras)
    wheels = {program.name: program}
    while missing := _missing(wheels, order):
        pip_calls.download(
            [_pinned(name, needs, versions) for name, needs in missing.items()], order.target, order.folder
        )
        found = {wheel.name: wheel for wheel in map(read_wheel, sorted(order.folder.glob("*.whl")))}
        if absent := missing.keys() - found.keys():
            raise PlanAlignError(f"pip did not bring {', '.join(sorted(absent))}", remedy="Make the folder again.")
        wheels = found
    _refuse_what_does_not_fit(wheels, order)
    everything = sorted(wheels.values(), key=lambda wheel: wheel.name)
    write_listing(order.folder, everything, order.target, program, order.extras)
    return everything


def needs_of(wheels: Iterable[Wheel], target: Target, program: str, extras: Iterable[str]) -> list[Requirement]:
    """Everything that some wheels need on another computer, extras of packages included."""
    wheels = list(wheels)
    asked: dict[str, set[str]] = {program: set(extras)}
    while True:
        needs = [need for wheel in wheels for need in wheel.needs(target.markers, sorted(asked.get(wheel.name, ())))]
        before = {name: set(found) for name, found in asked.items()}
        for need in needs:
            asked.setdefault(canonicalize_name(need.name), set()).update(need.extras)
        if all(asked[name] == before.get(name, set()) for name in asked):
            return needs


def _prepare(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is not an empty folder", remedy="Name a new folder, or empty this one.")
    folder.mkdir(parents=True, exist_ok=True)


def _program_wheel(order: Order) -> Wheel:
    if order.program.is_file():
        shutil.copy2(order.program, order.folder)
    else:
        pip_calls.build_wheel(order.program, order.folder)
    (path,) = order.folder.glob("*.whl")
    return read_wheel(path)


def _refuse_unknown_extras(program: Wheel, extras: Iterable[str]) -> None:
    markers = " ".join(str(Requirement(text).marker) for text in program.requirements)
    unknown = [extra for extra in extras if f'extra == "{extra}"' not in markers]
    if unknown:
        raise ConfigurationError(
            f"{program.name} has no extra {', '.join(unknown)}", remedy="The extras are keyring, ntlm and pac."
        )


def _missing(wheels: dict[str, Wheel], order: Order) -> dict[str, list[Requirement]]:
    missing: dict[str, list[Requirement]] = {}
    for need in needs_of(wheels.values(), order.target, PACKAGE, order.extras):
        name = canonicalize_name(need.name)
        if name not in wheels:
            missing.setdefault(name, []).append(need)
    return missing


def _pinned(name: str, needs: list[Requirement], versions: dict[str, str]) -> str:
    """The version that pip resolved; what only the other computer needs is the newest that all accept."""
    version = versions.get(name)
    if version is not None and all(need.specifier.contains(version, prereleases=True) for need in needs):
        return f"{name}=={version}"
    return name + ",".join(sorted({str(need.specifier) for need in needs if need.specifier}))


def _refuse_what_does_not_fit(wheels: dict[str, Wheel], order: Order) -> None:
    for need in needs_of(wheels.values(), order.target, PACKAGE, order.extras):
        version = wheels[canonicalize_name(need.name)].version
        if not need.specifier.contains(version, prereleases=True):
            raise PlanAlignError(
                f"the folder holds {need.name} {version}, but {need} is needed",
                remedy=f"Make it on a computer with {order.target.name} and Python {order.target.python} instead.",
            )
