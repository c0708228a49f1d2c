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


def keep_usable(connection: duckdb.DuckDBPyConnection) -> int:
    """Take rows with errors out of ``typed``; returns how many are left."""
    connection.execute(
        """DELETE FROM typed WHERE row_number IN (
               SELECT row_number FROM broken JOIN kinds USING (kind)
               WHERE severity = 'error' AND row_number IS NOT NULL)"""
    )
    left = connection.execute("SELECT count(*) FROM typed").fetchone()
    return left[0] if left else 0


def canonical_notes(
    connection: duckdb.DuckDBPyConnection, recognised: Recognised, as_of: dt.date
) -> list[str]:
    """What happens to values on their way from ``typed`` to the file, in sentences."""
    notes = []
    for column in COLUMNS:
        if column.kind in ("money", "rate", "number") and column.name in recognised.positions:
            places = _decimals(column)
            rounded = _count(connection, f"{column.name} <> round({column.name}, {places})")
            if rounded:
                notes.append(f"{recognised.column(column.name)}: {rounded} values were rounded to {places} decimals.")
    open_ended = _count(connection, f"year(termination_date) = {OPEN_END_YEAR}")
    if open_ended:
        name = recognised.column("termination_date")
        notes.append(f"{name}: {open_ended} dates in the year {OPEN_END_YEAR} were read as still employed.")
    left = _count(connection, f"{STATUS} AND termination_date IS NULL")
    if left:
        notes.append(
            f"{recognised.column(STATUS)}: {left} people who left without a termination date were given {as_of}."
        )
    return notes


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
        return (
            f"CASE WHEN year(termination_date) <> {OPEN_END_YEAR} THEN termination_date "
            f"WHEN {STATUS} THEN DATE '{as_of.isoformat()}' END"
        )
    value = f"{column.name}::{column.sql_type}"
    return value if column.default is None else f"coalesce({value}, {column.default})::{column.sql_type}"


def _decimals(column: Column) -> int:
    return int(column.sql_type.rstrip(")").rpartition(",")[2])


def _count(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM typed WHERE {condition}").fetchone()
    return found[0] if found else 0
