"""The calls of pip: build our own wheel, resolve versions, download wheels for another computer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from planalign_orchestrator.doctor.packages import run_pip
from planalign_orchestrator.errors import NetworkError
from tools.wheelhouse.targets import Target


def build_wheel(source: Path, folder: Path) -> None:
    """Build the wheel of a source folder."""
    _pip(["wheel", "--no-deps", "--wheel-dir", str(folder), str(source)])


def resolved_versions(wheel: Path, extras: Iterable[str]) -> dict[str, str]:
    """The versions that go together, as pip resolves them for this computer.

    Args:
        wheel: of the program.
        extras: asked for.
    """
    names = ",".join(extras)
    wanted = f"{wheel}[{names}]" if names else str(wheel)
    report = _pip(["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", wanted])
    packages = [entry["metadata"] for entry in json.loads(report)["install"]]
    return {str(package["name"]).lower().replace("_", "-"): str(package["version"]) for package in packages}


def download(requirements: Iterable[str], target: Target, folder: Path) -> None:
    """Download wheels for another computer, without what they need in turn.

    pip would follow requirements by the markers of THIS computer, so the caller follows them itself.
    """
    platforms = [word for tag in target.tags for word in ("--platform", tag)]
    options = ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), "--implementation", "cp"]
    _pip(["download", *options, "--python-version", target.python, *platforms, *requirements])


def _pip(arguments: list[str]) -> str:
    done = run_pip(["--disable-pip-version-check", "--no-input", *arguments])
    if done.returncode != 0:
        told = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-3:]
        raise NetworkError(
            f"pip {arguments[0]} failed: {' '.join(told)}",
            remedy="`planalign doctor` checks the way to the package index. A package without a wheel for that Python "
            "or platform needs another --python.",
        )
    return done.stdout
