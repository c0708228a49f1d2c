"""What a wheel says about itself: name, version, licence, what it needs; and its hash."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from planalign_orchestrator.errors import PlanAlignError

_LONGEST_LICENCE = 60
_UNSTATED = "not stated"


@dataclass(frozen=True)
class Wheel:
    """One package in a wheelhouse."""

    path: Path
    name: str
    version: str
    licence: str
    home: str
    sha256: str
    requirements: tuple[str, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size

    def needs(self, markers: Mapping[str, str], extras: Iterable[str] = ()) -> list[Requirement]:
        """What it needs on a computer with these markers.

        Args:
            markers: of that computer.
            extras: asked for of this package.
        """
        asked = ["", *extras]
        wanted = [Requirement(text) for text in self.requirements]
        return [
            requirement
            for requirement in wanted
            if requirement.marker is None
            or any(requirement.marker.evaluate({**markers, "extra": extra}) for extra in asked)
        ]


def read_wheel(path: Path) -> Wheel:
    """Read a wheel's own description.

    Raises:
        PlanAlignError: the file is no wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = [
                name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1
            ]
            metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise PlanAlignError(f"{path} is no wheel: {error}", remedy="Delete it and make the folder again.") from error
    return Wheel(
        path=path,
        name=canonicalize_name(metadata["Name"]),
        version=metadata["Version"],
        licence=_licence(metadata),
        home=_home(metadata),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        requirements=tuple(metadata.get_all("Requires-Dist") or ()),
    )


def _licence(metadata: Message) -> str:
    """The SPDX expression, the classifiers, or a short licence field: packages state it in one of three ways."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [str(text) for text in metadata.get_all("Classifier") or () if str(text).startswith("License ::")]
    if classifiers:
        return "; ".join(dict.fromkeys(text.rpartition(" :: ")[2] for text in classifiers))
    stated = str(metadata.get("License") or "").strip().splitlines()
    return stated[0] if stated and len(stated[0]) <= _LONGEST_LICENCE else _UNSTATED


def _home(metadata: Message) -> str:
    if home := metadata.get("Home-page"):
        return str(home)
    places = [str(text) for text in metadata.get_all("Project-URL") or ()]
    return places[0].partition(",")[2].strip() if places else ""
