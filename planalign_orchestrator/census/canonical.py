"""Writes the usable rows as the canonical Parquet file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import COLUMNS, STATUS, Column
from planalign_orchestrator.census.dates import OPEN_END_YEAR
from planalign_orchestrator.census.sql import path_literal
from planalign_orchestrator.census.synonyms import Recognised

_ROW_GROUP = 122_880
_OPEN_END = f"year(termination_date) = {OPEN_END_YEAR}"


def keep_usable(connection: duckdb.DuckDBPyConnection) -> int:
    """Take rows with errors out of ``typed``; returns how many are left."""
    connection.execute(
        """DELETE FROM typed WHERE row_number IN (
               SELECT row_number FROM broken JOIN kinds USING (kind)
               WHERE severity = 'error' AND row_number IS NOT NULL)"""
    )
    left = connection.execute("SELECT count(*) FROM typed").fetchone()
    return left[0] if left else 0


def canonical_notes(connection: duckdb.DuckDBPyConnection, recognised: Recognised, as_of: dt.date) -> list[str]:
    """What happens to values on their way from ``typed`` to the file, in sentences."""
    told: dict[str, tuple[str, str]] = {}
    for column in COLUMNS:
        if column.kind in ("money", "rate", "number") and column.name in recognised.positions:
            places = _decimals(column)
            said = f"values were rounded to {places} decimals."
            told[f"{column.name} <> round({column.name}, {places})"] = recognised.column(column.name), said
    if "termination_date" in recognised.positions:
        said = f"dates in the year {OPEN_END_YEAR} were read as still employed."
        told[_OPEN_END] = recognised.column("termination_date"), said
    if STATUS in recognised.positions:
        said = f"people who left without a termination date were given {as_of}."
        told[f"{STATUS} AND termination_date IS NULL"] = recognised.column(STATUS), said
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in told)
    counts = connection.execute(f"SELECT {counted} FROM typed").fetchone() or ()
    return [f"{name}: {count} {said}" for (name, said), count in zip(told.values(), counts, strict=True) if count]


def write_canonical(connection: duckdb.DuckDBPyConnection, output: Path, folder: Path, as_of: dt.date) -> None:
    """Write ``typed`` as Parquet, ordered by employee id, and put it in place when it is complete.

    Args:
        connection: holds ``typed``.
        output: where the file goes.
        folder: a folder beside it for the unfinished file.
        as_of: the day on which people left of whom only that is known.
    """
    unfinished = folder / "census.parquet"
    columns = ", ".join(f"{_value(column, as_of)} AS {column.name}" for column in COLUMNS)
    connection.execute(
        f"COPY (SELECT {columns} FROM typed ORDER BY employee_id) TO {path_literal(unfinished)} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
    )
    unfinished.replace(output)


def _value(column: Column, as_of: dt.date) -> str:
    if column.name == "termination_date":
        return f"CASE WHEN NOT ({_OPEN_END}) THEN termination_date WHEN {STATUS} THEN DATE '{as_of.isoformat()}' END"
    value = f"{column.name}::{column.sql_type}"
    return value if column.default is None else f"coalesce({value}, {column.default})::{column.sql_type}"


def _decimals(column: Column) -> int:
    return int(column.sql_type.rstrip(")").rpartition(",")[2])
