"""What stands beside a run's database: the journal of completed stages, digests of tables, manifests of year copies.

The journal has one JSON line for each stage, written when the stage's rows are in the database. Every line carries a
checksum over itself and the line before, so a torn last line, a flipped byte or a missing line ends the trusted part. A
line of kind ``opened`` says with which fingerprints everything after a position is made, and that what stood after that
position no longer counts: so a fresh start, a restore and a rewind are written down.

Digests do not depend on the order of the rows: count, sum and xor of the engine's hashes. Another DuckDB version may
hash differently; ``engine_probe`` stands beside each digest and tells. A manifest is written last.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import duckdb
from pydantic import TypeAdapter

from planalign_orchestrator.errors import CheckpointError, instead_of
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.fingerprints import Fingerprints, differences
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import KEPT_INTERMEDIATE, one_row

Scope = Literal["year", "replaced", "constant"]
"""What a stage wrote of a table: a year's slice, all of it for this year only, or all of it for every year to come."""


# Hashed twice: the engine mixes the last column in by a plain xor, which a sum or xor over rows could cancel out.
_ENGINE_ROW = "hash(hash(*columns(*)))"


@dataclass(frozen=True)
class TableDigest:
    """The content of a table or of a slice of it."""

    rows: int
    sum: int
    xor: int

    def __add__(self, more: "TableDigest") -> "TableDigest":
        """The digest of the rows of both."""
        return TableDigest(self.rows + more.rows, self.sum + more.sum, self.xor ^ more.xor)

    def to_json(self) -> dict[str, Any]:
        """The digest with its large numbers as hexadecimal text."""
        return {"rows": self.rows, "sum": f"{self.sum:x}", "xor": f"{self.xor:x}"}


@dataclass(frozen=True)
class Written:
    """What a stage wrote of one table."""

    scope: Scope
    digest: TableDigest


@dataclass(frozen=True)
class StageEntry:
    """A completed stage and the content it wrote; ``engine`` is the probe of the engine that hashed it."""

    position: Position
    engine: str
    tables: Mapping[str, Written]

    @property
    def rows(self) -> int:
        """How many rows the stage wrote, over all tables."""
        return sum(written.digest.rows for written in self.tables.values())


def digest_of(connection: duckdb.DuckDBPyConnection, table: str, year: int | None = None) -> TableDigest:
    """The digest of a table, or of a year's slice of it; it can be compared where ``engine_probe`` is equal."""
    return _digests(connection, [_rows(table, year)])[0]


def stage_entry(connection: duckdb.DuckDBPyConnection, position: Position, scopes: Mapping[str, Scope]) -> StageEntry:
    """What a stage wrote, with digests of it; see ``Scope``."""
    slices = [_rows(table, position.year if scope == "year" else None) for table, scope in scopes.items()]
    written = map(Written, scopes.values(), _digests(connection, slices))
    return StageEntry(position, engine_probe(connection), dict(zip(scopes, written, strict=True)))


def _rows(table: str, year: int | None) -> str:
    return quoted(table) if year is None else f"{quoted(table)} where simulation_year = {int(year)}"


def _digests(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> list[TableDigest]:
    """The digest of each; one statement for all takes half the time."""
    hashes = [f"(select {_ENGINE_ROW} as h from {source})" for source in sources]
    each = [f"select {place}, count(*), sum(h), bit_xor(h) from {rows}" for place, rows in enumerate(hashes)]
    found = connection.execute(" union all ".join(each) + " order by 1").fetchall() if each else []
    return [TableDigest(rows, int(total or 0), int(xor or 0)) for _, rows, total, xor in found]  # null of no rows


def engine_probe(connection: duckdb.DuckDBPyConnection) -> str:
    """A hash of fixed values of every type: two engines with the same probe hash alike."""
    [found] = one_row(connection, rendered(__package__, "engine_probe.sql"))
    return f"{int(found):016x}"


def quoted(*names: str) -> str:
    """The name of a column or table, or a schema and a table, as SQL has it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _scope(model: str, materialized: str) -> Scope:
    if materialized == "incremental":
        return "year"
    return "constant" if model in KEPT_INTERMEDIATE else "replaced"


class StageContent:
    """Reads what stages wrote, for their journal entries.

    Args:
        assumptions: the tables that are loaded when a run starts; they count as written by the first stage.
        changing: those of them that an amendment changes, and that each year's first stage counts as its own.
    """

    entry: StageEntry
    """Of the stage that was read last."""

    def __init__(self, assumptions: Collection[str], changing: Collection[str] = ()) -> None:
        self._assumptions: dict[str, Scope] = {
            table: "replaced" if table in changing else "constant" for table in assumptions
        }
        self._known: set[str] = set()

    def read(self, connection: duckdb.DuckDBPyConnection, position: Position, models: Mapping[str, str]) -> None:
        """Read what a stage wrote. Tables that stay for all years are read once: no later stage writes them.

        Args:
            connection: the open database.
            position: the stage.
            models: those that it built as tables, with their materialization; a view holds nothing of its own. What is
                neither a fact nor an intermediate table is nobody's concern.
        """
        scopes = {name: _scope(name, kind) for name, kind in models.items() if name.startswith(("fct_", "int_"))}
        scopes |= self._assumptions if position.stage == STAGE_NAMES[0] else {}
        new = {table: scope for table, scope in scopes.items() if table not in self._known}
        self.entry = stage_entry(connection, position, new)
        self._known |= {table for table, scope in new.items() if scope == "constant"}


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

    def record(self, *entries: Entry, anew: bool = False) -> None:
        """Add completed stages, or with what everything after a position is made anew.

        Args:
            entries: what is added.
            anew: in place of all that is there, of a journal that was lost.
        """
        durable.fault_point("journal.before_append")
        if anew:
            self._lines, self._check, self._entries = [], "", []
        for entry in entries:
            data, at = asdict(entry), dt.datetime.now().astimezone().isoformat(timespec="seconds")
            line = {"entry": data, "at": at, "check": _checksum(self._check, data, at)}
            self._take_in(json.dumps(line).encode() + b"\n")
        durable.atomic_write_bytes(self.path, b"".join(self._lines))
        self.damaged = False
        durable.fault_point("journal.after_append")

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
        with instead_of(OSError, CheckpointError.told, "unreadable journal", path=self.path):
            lines = self.path.read_bytes().splitlines(keepends=True)
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
    pairs = pairwise(sorted(made_with))
    found = {year: [*map(str, differences(made_with[before], made_with[year]))] for before, year in pairs}
    return {year: changes for year, changes in found.items() if changes}


def through(entries: Iterable[Entry], last: Position) -> list[Entry]:
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
    return _seal([previous, data, at])[:32]


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
    stored: durable.Content
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


def _seal(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
