"""Writes the usable rows as the canonical Parquet file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import COLUMNS, STATUS, Column, decimals
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.reading import Reading
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import path_literal
from planalign_orchestrator.warehouse import one_row

_ROW_GROUP = 122_880
BROKEN = """row_number IN (SELECT row_number FROM broken JOIN kinds USING (kind)
            WHERE severity = 'error' AND row_number IS NOT NULL)"""


def lost_kinds(connection: duckdb.DuckDBPyConnection, groups: Sequence[str]) -> list[str]:
    """The values of which nobody is left when rows with errors go, such as the only owner or a whole level."""
    lost = []
    for name in ("job_level", "is_five_percent_owner", "plan_eligible", *groups):
        found = connection.execute(
            f"SELECT {name}::VARCHAR FROM typed WHERE {name} IS NOT NULL GROUP BY {name} "
            f"HAVING bool_and({BROKEN}) ORDER BY 1"
        ).fetchall()
        lost += [f"{name} {value}" for (value,) in found]
    return lost


def needs_no_pay(as_of: dt.date) -> str:
    """SQL that is true for people without pay who left before the year of the census: a run needs nothing of them."""
    has_left = f"coalesce(termination_date < DATE '{as_of.year}-01-01', {STATUS}, false)"
    return f"({has_left} AND coalesce(annual_compensation, 0) = 0)"


def leave_out(connection: duckdb.DuckDBPyConnection, who: str = BROKEN) -> int:
    """Take rows out of ``typed``, those with errors unless told otherwise; returns how many."""
    return int(one_row(connection, f"DELETE FROM typed WHERE {who}")[0])


def canonical_notes(connection: duckdb.DuckDBPyConnection, recognised: Recognised, reading: Reading) -> list[Entry]:
    """What happens to values on their way from ``typed`` to the file, and what stands for those that are absent."""
    told: dict[str, Entry] = {}
    present = recognised.positions
    for number, rule in enumerate(reading.derived):
        shown = next((name for name in (rule.target, rule.needs[0]) if name in present), rule.target)
        told[f"derived_{number}"] = Entry(rule.kind, rule.text, recognised.column(shown))
    derived = {rule.target for rule in reading.derived}
    for column in (column for column in COLUMNS if column.name in present):
        name, shown = column.name, recognised.column(column.name)
        if column.kind in ("money", "rate", "number"):
            places = decimals(column.sql_type)
            text = f"values were rounded to {places} decimals."
            given = "".join(f" AND NOT derived_{n}" for n, rule in enumerate(reading.derived) if rule.target == name)
            told[f"{name} <> round({name}, {places}){given}"] = Entry("changed", text, shown)
        if column.default is not None:
            told[f"{name} IS NULL"] = Entry("assumed", f"empty cells were read as {column.default}.", shown)
    absent = [column for column in COLUMNS if column.assumed and column.name not in present]
    for column in (column for column in absent if column.name in derived):
        text = f"were read as {column.default}." if column.default else f"were left so: {column.assumed}"
        told[f"{column.name} IS NULL"] = Entry("assumed", f"rows of which nothing tells it {text}", column.name)
    counted = ", ".join(f"count(*) FILTER (WHERE {where}), min(row_number) FILTER (WHERE {where})" for where in told)
    found = one_row(connection, f"SELECT {counted} FROM typed")
    hits = zip(told.values(), found[::2], found[1::2], strict=True)
    entries = [replace(entry, people=count, row=row) for entry, count, row in hits if count]
    told_otherwise = {*derived, *(["termination_date"] if STATUS in present else [])}
    entries += [
        Entry("assumed", f"there is no such column; {column.assumed}", column.name)
        for column in absent if column.name not in told_otherwise
    ]  # fmt: skip
    return entries


def write_canonical(
    connection: duckdb.DuckDBPyConnection, output: Path, folder: Path, as_of: dt.date, groups: Sequence[str] = ()
) -> None:
    """Write ``typed`` as Parquet, ordered by employee id, and put it in place when it is complete.

    Args:
        connection: holds ``typed``.
        output: where the file goes.
        folder: a folder beside it for the unfinished file.
        as_of: the day on which people left of whom only that is known.
        groups: further columns, kept as text.
    """
    unfinished = folder / "census.parquet"
    values = [f"{_value(column, as_of)} AS {column.name}" for column in COLUMNS]
    columns = ", ".join([*values, *groups])
    connection.execute(
        f"COPY (SELECT {columns} FROM typed ORDER BY employee_id) TO {path_literal(unfinished)} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
    )
    unfinished.replace(output)


def _value(column: Column, as_of: dt.date) -> str:
    if column.name == "termination_date":
        return f"coalesce(termination_date, CASE WHEN {STATUS} THEN DATE '{as_of.isoformat()}' END)"
    value = f"{column.name}::{column.sql_type}"
    return value if column.default is None else f"coalesce({value}, {column.default})::{column.sql_type}"
