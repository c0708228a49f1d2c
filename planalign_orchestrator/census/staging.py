"""Brings a census of any format into a table ``raw`` of text, with the row numbers of the file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import duckdb

from planalign_orchestrator.census.excel_file import open_excel
from planalign_orchestrator.census.parquet_file import load_parquet
from planalign_orchestrator.census.plain_text import PlainText
from planalign_orchestrator.census.social_security import SocialSecurityWatch
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.sql import glob_literal, literal
from planalign_orchestrator.census.synonyms import Recognised, recognise
from planalign_orchestrator.census.table import TextTable
from planalign_orchestrator.census.text_file import open_text

_EMPTY_WORDS = ("n/a", "#n/a", "na", "null", "none", "nan", "nat", "<na>", "-", "--")
_DAMAGE_SHOWN = 200
_LONGEST_LINE = 16_000_000


@dataclass
class Staged:
    """What the table ``raw`` (and ``damaged``, for rows that could not be told apart) holds.

    Attributes:
        recognised: which column is what.
        rows_read: rows of the file, without blank ones.
        notes: what was decided on the way.
        social_security: names of ignored columns that hold social security numbers.
    """

    recognised: Recognised
    rows_read: int = 0
    notes: list[str] = field(default_factory=list)
    social_security: list[str] = field(default_factory=list)


def stage(connection: duckdb.DuckDBPyConnection, source: Source, sheet: str | None, folder: Path) -> Staged:
    """Load a census into ``raw``: one text column per meaning that was recognised, empty cells as null.

    Args:
        connection: where the tables are made.
        source: the file.
        sheet: of an Excel file.
        folder: for the file in between; removed by whoever made it.
    """
    connection.execute("CREATE TEMP TABLE damaged (row_number BIGINT, damage VARCHAR)")
    if source.format == "parquet":
        loaded = load_parquet(connection, source)
        staged = Staged(loaded.recognised, loaded.rows_read, [], loaded.social_security)
    else:
        table = open_excel(source, sheet) if source.format == "excel" else open_text(source)
        staged = _stage_text(connection, table, folder)
    staged.notes += _emptied(connection, staged.recognised)
    return staged


def _stage_text(connection: duckdb.DuckDBPyConnection, table: TextTable, folder: Path) -> Staged:
    recognised = recognise(table.names)
    watch = SocialSecurityWatch(recognised)
    if table.plain is not None and recognised.positions:
        rows_read = _stage_plain(connection, table.plain, recognised.positions)
        if rows_read is not None:
            for row in takewhile(lambda row: watch.is_looking, table.rows):
                watch.look(row.cells)
            return Staged(recognised, rows_read, list(table.notes), watch.columns)
    good, bad = folder / "rows.csv", folder / "damaged.csv"
    staged = Staged(recognised, notes=list(table.notes))
    with _writable(good) as good_file, _writable(bad) as bad_file:
        staged.rows_read = _split_rows(table, recognised, watch, good_file, bad_file)
    columns = {"row_number": "BIGINT"} | dict.fromkeys(recognised.positions, "VARCHAR")
    connection.execute(f"CREATE TABLE raw AS FROM {_read_back(good, columns)}")
    connection.execute(f"INSERT INTO damaged FROM {_read_back(bad, {'row_number': 'BIGINT', 'damage': 'VARCHAR'})}")
    staged.social_security = watch.columns
    if table.blank_rows:
        staged.notes.append(f"{table.blank_rows} blank rows were passed over.")
    return staged


def _stage_plain(connection: duckdb.DuckDBPyConnection, plain: PlainText, positions: Mapping[str, int]) -> int | None:
    """Have DuckDB read the file into ``raw``.

    Returns:
        How many rows there are; None, and no table, when there is one that is blank or has cells too many or too few.
    """
    try:
        connection.execute(f"CREATE TABLE raw AS {plain.query(positions)}")
    except duckdb.InvalidInputException:
        return None
    # A row in which nothing is recognised may be blank, which the reading row by row decides.
    counts = f"SELECT count(*), count(coalesce({', '.join(positions)}, NULL)) FROM raw"
    if connection.execute(counts).fetchone() == (plain.rows, plain.rows):
        return plain.rows
    connection.execute("DROP TABLE raw")
    return None


def _writable(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _split_rows(table: TextTable, recognised: Recognised, watch: SocialSecurityWatch, good: TextIO, bad: TextIO) -> int:
    """Write the recognised cells of every row; rows that cannot be told apart go to a file of their own."""
    write_good = csv.writer(good, lineterminator="\n").writerow
    write_bad = csv.writer(bad, lineterminator="\n").writerow
    pick = _picker(list(recognised.positions.values()))
    rows = 0
    for row in table.rows:
        rows += 1
        if row.damage is not None:
            write_bad((row.number, row.damage[:_DAMAGE_SHOWN]))
            continue
        if watch.is_looking:
            watch.look(row.cells)
        write_good((row.number, *map(str.strip, pick(row.cells))))
    return rows


def _picker(positions: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda cells: tuple(cells[position] for position in positions)


def _read_back(path: Path, columns: dict[str, str]) -> str:
    described = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({glob_literal(path)}, columns = {{{described}}}, header = false, auto_detect = false, "
        f"""delim = ',', quote = '"', escape = '"', new_line = '\\n', max_line_size = {_LONGEST_LINE})"""
    )


def _emptied(connection: duckdb.DuckDBPyConnection, recognised: Recognised) -> list[str]:
    """Take words such as ``N/A`` for empty, except in ids, where they are data."""
    columns = [meaning for meaning in recognised.positions if meaning != "employee_id"]
    if not columns:
        return []
    words = ", ".join(literal(word) for word in _EMPTY_WORDS)
    conditions = {column: f"lower({column}) IN ({words})" for column in columns}
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions.values())
    counts = connection.execute(f"SELECT {counted} FROM raw").fetchone() or ()
    notes = []
    for column, count in zip(columns, counts, strict=True):
        if count:
            connection.execute(f"UPDATE raw SET {column} = NULL WHERE {conditions[column]}")
            name = recognised.column(column)
            notes.append(f"{name}: {count} cells with words such as N/A, null or - were read as empty.")
    return notes
