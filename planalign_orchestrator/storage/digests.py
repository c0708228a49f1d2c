"""Order-independent hashes of table contents: count, sum and xor of the engine's hashes of the rows.

Another DuckDB version may hash differently; ``engine_probe`` stands beside each digest and tells.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.warehouse import KEPT_INTERMEDIATE, one_row

Scope = Literal["year", "replaced", "constant"]
"""What a stage wrote of a table: a year's slice, all of it for this year only, or all of it for every year to come."""

_PROBE = """
select hash(hash(true, 1::tinyint, 2::smallint, 3::integer, 4::bigint, 5::hugeint, 6::utinyint, 7::ubigint, 8.5::double,
    9.5::float, 1.5::decimal(4, 1), 2.5::decimal(9, 2), 3.5::decimal(18, 4), 4.5::decimal(38, 6), date '2025-01-31',
    timestamp '2025-01-31 12:34:56', 'short', 'a text of more than twelve letters',
    '6f0b6f4e-5c1b-4a0e-9d3b-0123456789ab'::uuid, null::integer, null::varchar))
"""


# Hashed twice: the engine mixes the last column in by a plain xor, which a sum or xor over rows could cancel out.
_ENGINE_ROW = "hash(hash(*columns(*)))"


@dataclass(frozen=True)
class TableDigest:
    """The content of a table or of a slice of it."""

    rows: int
    sum: int
    xor: int

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
    where = "" if year is None else f" where simulation_year = {int(year)}"
    hashes = f"select {_ENGINE_ROW} as h from {quoted(table)}{where}"
    rows, total, xor = one_row(connection, f"select count(*), sum(h), bit_xor(h) from ({hashes})")
    return TableDigest(int(rows), int(total or 0), int(xor or 0))  # of no rows the sums are null


def stage_entry(connection: duckdb.DuckDBPyConnection, position: Position, scopes: Mapping[str, Scope]) -> StageEntry:
    """What a stage wrote, with digests of it; see ``Scope``."""
    tables = {
        table: Written(scope, digest_of(connection, table, position.year if scope == "year" else None))
        for table, scope in scopes.items()
    }
    return StageEntry(position, engine_probe(connection), tables)


def engine_probe(connection: duckdb.DuckDBPyConnection) -> str:
    """A hash of fixed values of every type: two engines with the same probe hash alike."""
    return f"{int(one_row(connection, _PROBE)[0]):016x}"


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
