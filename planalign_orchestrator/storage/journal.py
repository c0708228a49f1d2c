"""The list of completed stages: one JSON line each, written when the stage's rows are in the database; and manifests,
which say what a year copy is, lie beside it and are written last.

Every line carries a checksum over itself and the line before, so a torn last line, a flipped byte or a missing line
ends the trusted part. A line of kind ``opened`` says with which fingerprints everything after a position is made, and
that what stood after that position no longer counts: so a fresh start, a restore and a rewind are written down.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.run.stages import Position
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.digests import StageEntry
from planalign_orchestrator.storage.durable import Content
from planalign_orchestrator.storage.fingerprints import Fingerprints, differences


@dataclass(frozen=True)
class OpenedEntry:
    """From here on, everything after ``after`` (None: everything) is made anew, with these fingerprints."""

    after: Position | None
    fingerprints: Fingerprints


Entry = StageEntry | OpenedEntry
_READER: TypeAdapter[Entry] = TypeAdapter(Entry)


class Journal:
    """The journal of a run folder.

    Args:
        path: its file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[bytes] = []
        self._check = ""
        self._entries: list[Entry] = []
        self.last_written: dt.datetime | None = None
        self.damaged = False
        self._load()

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries that count, oldest first."""
        return tuple(self._entries)

    def completed(self) -> Position | None:
        """The last completed stage."""
        return completed(self._entries)

    def fingerprints(self) -> Fingerprints | None:
        """With what the run goes on, as far as the journal knows."""
        return fingerprints(self._entries)

    def made_with(self) -> dict[int, Fingerprints]:
        """The fingerprints each year was made with."""
        current: Fingerprints | None = None
        years: dict[int, Fingerprints] = {}
        for entry in self._entries:
            if isinstance(entry, OpenedEntry):
                current = entry.fingerprints
            elif current is not None:
                years[entry.position.year] = current
        return years

    def record(self, entry: Entry) -> None:
        """Add a completed stage, or with what everything after a position is made anew."""
        durable.fault_point("journal.before_append")
        line = self._line(entry)
        durable.atomic_write_bytes(self.path, b"".join([*self._lines, line]))
        self.damaged = False
        self._take_in(line)
        durable.fault_point("journal.after_append")

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Replace the whole journal, for one that was lost."""
        self._lines, self._check, self._entries = [], "", []
        for entry in entries:
            self._take_in(self._line(entry))
        durable.atomic_write_bytes(self.path, b"".join(self._lines))
        self.damaged = False

    def _line(self, entry: Entry) -> bytes:
        data, at = asdict(entry), dt.datetime.now().astimezone().isoformat(timespec="seconds")
        return json.dumps({"entry": data, "at": at, "check": _checksum(self._check, data, at)}).encode() + b"\n"

    def _take_in(self, line: bytes) -> None:
        """Count a line of the file; ValueError, KeyError or TypeError when it is not what was written."""
        data = parsed(line)
        check = _checksum(self._check, data["entry"], data["at"])
        if check != data["check"] or not line.endswith(b"\n"):
            raise ValueError("the line is not what was written")
        entry = _READER.validate_python(data["entry"])
        self.last_written = dt.datetime.fromisoformat(data["at"])
        self._check = check
        self._lines.append(line)
        self._count(entry)

    def _load(self) -> None:
        if not self.path.exists():
            return
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise CheckpointError.told("unreadable journal", path=self.path, error=error) from error
        for line in lines:
            try:
                self._take_in(line)
            except (ValueError, KeyError, TypeError):
                self.damaged = True
                return

    def _count(self, entry: Entry) -> None:
        if isinstance(entry, OpenedEntry):
            self._entries = [old for old in self._entries if _stands(old, entry.after)]
        else:
            self._entries = [old for old in self._entries if getattr(old, "position", None) != entry.position]
        self._entries.append(entry)


def completed(entries: Iterable[Entry]) -> Position | None:
    """The last completed stage of a list of entries."""
    positions = [entry.position for entry in entries if isinstance(entry, StageEntry)]
    return max(positions, key=lambda position: position.order, default=None)


def fingerprints(entries: Iterable[Entry]) -> Fingerprints | None:
    """The fingerprints in force at the end of a list of entries."""
    opened = [entry.fingerprints for entry in entries if isinstance(entry, OpenedEntry)]
    return opened[-1] if opened else None


def changes_by_year(made_with: Mapping[int, Fingerprints]) -> dict[int, list[str]]:
    """The years that were made with something else than the year before, and each thing that is different."""
    found = {
        year: [str(change) for change in differences(made_with[before], made_with[year])]
        for before, year in pairwise(sorted(made_with))
    }
    return {year: changes for year, changes in found.items() if changes}


def entries_through(entries: Iterable[Entry], last: Position) -> list[Entry]:
    """The entries up to and with a position."""
    return [entry for entry in entries if _stands(entry, last)]


def same_history(one: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """Whether one list of entries is the beginning of the other."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _stands(entry: Entry, after: Position | None) -> bool:
    """Whether an entry still counts when everything after a position is made anew."""
    if isinstance(entry, StageEntry):
        return after is not None and entry.position.order <= after.order
    if entry.after is None:
        return after is not None
    return after is not None and entry.after.order < after.order


def _checksum(previous: str, data: Mapping[str, Any], at: str) -> str:
    text = json.dumps([previous, data, at], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


SCHEMA = 4


class UnreadableError(CheckpointError):
    """Nobody knows whether a copy is sound, because it cannot be read; so it is not used, and not deleted either."""


@dataclass(frozen=True)
class Manifest:
    """The description of a year copy.

    Args:
        year: the last year in it, complete.
        created: when it was made, for people; nothing is decided by it.
        compression_level: of Zstandard, or None for a plain copy.
        stored: size and checksum of the file as it lies there.
        entries: the journal up to the end of the year: fingerprints, row counts and digests.
    """

    year: int
    created: dt.datetime
    compression_level: int | None
    stored: Content
    entries: tuple[Entry, ...]


_FORM: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, sealed with a hash over itself."""
    data = {"schema": SCHEMA, **_FORM.dump_python(manifest, mode="json")}
    durable.atomic_write_json(path, {"seal": _seal(data), "manifest": data}, indent=None)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        UnreadableError: it may be sound, but cannot be read now or by this version.
        CheckpointError: it is not as it was written.
    """
    try:
        sealed = parsed(path.read_bytes())
        data = sealed["manifest"]
        if sealed["seal"] != _seal(data):
            raise ValueError("its content has changed since it was written")
        if data["schema"] != SCHEMA:
            raise UnreadableError(f"{path} has the format {data['schema']}; this version reads {SCHEMA}")
        return _FORM.validate_python(data)
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError.told("unsound manifest", path=path, error=str(error).splitlines()[0]) from error


def _seal(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
