"""The papers of a wheelhouse: a list with licences and hashes, pinned requirements, and how to install."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from planalign_orchestrator.storage.durable import atomic_write_text
from tools.wheelhouse.targets import Target
from tools.wheelhouse.wheels import Wheel

CONTENTS = "CONTENTS.csv"
REQUIREMENTS = "requirements.txt"
INSTALL = "INSTALL.txt"

_INSTALL = """\
{program} {version} for {platform}, Python {python}: {count} packages, {size:.0f} MB

Install, in this folder, without any network:

    python -m venv C:\\planalign
    C:\\planalign\\Scripts\\python -m pip install --no-index --find-links . --require-hashes -r requirements.txt

On Linux and macOS:

    python3 -m venv ~/planalign
    ~/planalign/bin/python -m pip install --no-index --find-links . --require-hashes -r requirements.txt

Then check it: planalign doctor --offline

pip compares every file with its SHA-256 in requirements.txt before it installs anything. CONTENTS.csv lists the
packages with version, licence, SHA-256 and home page.
"""


def write_listing(folder: Path, wheels: list[Wheel], target: Target, program: Wheel, extras: Iterable[str]) -> None:
    """Write the three papers beside the wheels.

    Args:
        folder: of the wheels.
        wheels: all of them, ordered.
        target: the computer that will install from it.
        program: the wheel of the program itself.
        extras: optional parts of it.
    """
    atomic_write_text(folder / CONTENTS, _contents(wheels))
    atomic_write_text(folder / REQUIREMENTS, "".join(_requirement(wheel, program, extras) for wheel in wheels))
    text = _INSTALL.format(
        program=program.name,
        version=program.version,
        platform=target.name,
        python=target.python,
        count=len(wheels),
        size=sum(wheel.size for wheel in wheels) / 1e6,
    )
    atomic_write_text(folder / INSTALL, text)


def _contents(wheels: list[Wheel]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "version", "licence", "file", "bytes", "sha256", "home"])
    for wheel in wheels:
        writer.writerow(
            [wheel.name, wheel.version, wheel.licence, wheel.path.name, wheel.size, wheel.sha256, wheel.home]
        )
    return text.getvalue()


def _requirement(wheel: Wheel, program: Wheel, extras: Iterable[str]) -> str:
    chosen = ",".join(sorted(extras)) if wheel.name == program.name else ""
    name = f"{wheel.name}[{chosen}]" if chosen else wheel.name
    return f"{name}=={wheel.version} --hash=sha256:{wheel.sha256}\n"
