"""Brings a census of any format into a table ``raw`` of text, with the row numbers of the file."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TextIO

import duckdb

from planalign_orchestrator.census.columns import KNOWN
from planalign_orchestrator.census.excel_file import open_excel
from planalign_orchestrator.census.header import is_total, looked_at
from planalign_orchestrator.census.mapping import CensusMapping
from planalign_orchestrator.census.parquet_file import load_parquet
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.social_security import pseudonyms
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.sql import glob_literal, literal
from planalign_orchestrator.census.table import TextTable
from planalign_orchestrator.census.text_file import open_text
from planalign_orchestrator.warehouse import fetch_dicts

_DAMAGED = "CREATE TEMP TABLE damaged (row_number BIGINT, damage VARCHAR)"
_DAMAGE_SHOWN = 200
_LONGEST_LINE = 16_000_000

Recognise = Callable[[list[str], list[list[str]]], Recognised]
"""Says what the columns of a file hold, from its headings and first rows."""


@dataclass
class Staged:
    """What the table ``raw`` (and ``damaged``, for rows that could not be told apart) holds.

    Attributes:
        recognised: which column is what.
        rows_read: rows of the file, without blank ones.
        notes: what was decided on the way.
        unreadable: meanings in whose columns a spreadsheet could not show some values.
    """

    recognised: Recognised
    rows_read: int = 0
    notes: list[Entry] = field(default_factory=list)
    unreadable: tuple[str, ...] = ()


def open_table(
    source: Source, sheet: str | None, header_row: int | None, folder: Path, *, proposing: bool = False
) -> TextTable:
    """Open a file whose rows are text, at the row of its headings; when proposing, at the sheet that fits best."""
    if source.format == "excel":
        return open_excel(source, sheet, header_row, folder, proposing=proposing)
    return open_text(source, header_row)


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    recognise: Recognise,
    folder: Path,
    *,
    sheet: str | None = None,
    mapping: CensusMapping | None = None,
    key_file: Path | None = None,
) -> Staged:
    """Load a census into ``raw``: one text column per meaning that was recognised, empty cells as null.

    Args:
        connection: where the tables are made.
        source: the file.
        recognise: says what its columns hold.
        folder: for the file in between; removed by whoever made it.
        sheet: of an Excel file.
        mapping: where it is known before the headings are.
        key_file: makes pseudonyms of the ids; None leaves them.
    """
    if source.format == "parquet":
        connection.execute(_DAMAGED)
        staged = Staged(*load_parquet(connection, source, recognise))
    else:
        header_row = mapping.header_row if mapping else None
        table = open_table(source, sheet or (mapping.sheet if mapping else None), header_row, folder)
        staged = stage_text(connection, table, recognise, folder)
    _join_ids(connection, staged)
    if key_file is not None and "employee_id" in staged.recognised.positions:
        _make_pseudonyms(connection, staged, key_file)
    take_for_empty(connection, staged)
    return staged


def stage_text(connection: duckdb.DuckDBPyConnection, table: TextTable, recognise: Recognise, folder: Path) -> Staged:
    """Load the rows of a table into ``raw`` and ``damaged``, as they stand there."""
    connection.execute(_DAMAGED)
    sample, table.rows = looked_at(table.rows)
    recognised = recognise(table.names, sample)
    positions = recognised.loaded
    good, bad = folder / "rows.csv", folder / "damaged.csv"
    staged = Staged(recognised, notes=table.notes)
    with _writable(good) as good_file, _writable(bad) as bad_file:
        staged.rows_read = _split_rows(table, positions, good_file, bad_file)
    columns = {"row_number": "BIGINT"} | dict.fromkeys(positions, "VARCHAR")
    connection.execute(f"CREATE TABLE raw AS FROM {_read_back(good, columns)}")
    connection.execute(f"INSERT INTO damaged FROM {_read_back(bad, {'row_number': 'BIGINT', 'damage': 'VARCHAR'})}")
    good.unlink()
    if table.blank_rows:
        staged.notes.append(Entry("left out", f"blank rows were passed over: {table.blank_rows}."))
    if table.total_rows:
        rows = ", ".join(map(str, table.total_rows))
        staged.notes.append(Entry("left out", f"rows of totals were passed over: {rows}."))
    return staged


def _writable(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _split_rows(table: TextTable, positions: Mapping[str, int], good: TextIO, bad: TextIO) -> int:
    """Write the recognised cells of every row; rows that cannot be told apart go to a file of their own."""
    write_good = csv.writer(good, lineterminator="\n").writerow
    write_bad = csv.writer(bad, lineterminator="\n").writerow
    pick = _picker(list(positions.values()))
    rows = 0
    for row in table.rows:
        if is_total(row.cells):
            table.total_rows.append(row.number)
            continue
        rows += 1
        if row.damage is not None:
            write_bad((row.number, row.damage[:_DAMAGE_SHOWN]))
            continue
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


def _join_ids(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    parts = [f"employee_id_{number}" for number in range(len(staged.recognised.id_parts))]
    if parts:
        joined = f"concat_ws('-', employee_id, {', '.join(parts)})"
        connection.execute(f"UPDATE raw SET employee_id = nullif({joined}, '')")
        names = ", ".join(staged.recognised.names[i] for i in staged.recognised.id_parts)
        text = f"the id was made of this column and {names}."
        staged.notes.append(Entry("changed", text, staged.recognised.column("employee_id")))


def _make_pseudonyms(connection: duckdb.DuckDBPyConnection, staged: Staged, key_file: Path) -> None:
    """Replace ids by what a keyed hash makes of them, before anything is checked or told."""
    made = pseudonyms(key_file)
    found = connection.execute("SELECT DISTINCT employee_id FROM raw WHERE employee_id IS NOT NULL").fetchall()
    pairs = [[value for (value,) in found], [made(value) for (value,) in found]]
    connection.execute(
        "UPDATE raw SET employee_id = pairs.made FROM "
        "(SELECT unnest(?::VARCHAR[]) AS was, unnest(?::VARCHAR[]) AS made) AS pairs WHERE employee_id = was", pairs
    )  # fmt: skip
    text = "ids are pseudonyms, made by a keyed hash (census.pseudonym)."
    staged.notes.append(Entry("changed", text, staged.recognised.column("employee_id"), len(found)))


def take_for_empty(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Take words such as ``N/A`` and dates such as ``0000-00-00`` for empty, and find what a spreadsheet failed on.

    In ids such words are data.
    """
    names = staged.recognised.positions
    dates = [name for name in names if name in KNOWN and KNOWN[name].kind == "date" and not KNOWN[name].required]
    staged.unreadable = tuple(_counted(connection, "is_unreadable", names))
    for macro, concerned, told in (
        (
            "is_word_for_none",
            [name for name in names if name != "employee_id"],
            "words such as N/A, null or - were read as empty.",
        ),
        ("is_no_date", dates, "dates such as 0000-00-00 were read as none."),
    ):
        for name, count in _counted(connection, macro, concerned).items():
            connection.execute(f"UPDATE raw SET {name} = NULL WHERE {macro}({name})")
            staged.notes.append(Entry("changed", f"{count} cells with {told}", staged.recognised.column(name), count))


def _counted(connection: duckdb.DuckDBPyConnection, macro: str, names: Iterable[str]) -> dict[str, int]:
    """For which columns a macro is true of some cell, and of how many."""
    counted = ", ".join(f"count(*) FILTER (WHERE {macro}({name})) AS {name}" for name in names)
    counts = fetch_dicts(connection, f"SELECT {counted} FROM raw")[0] if counted else {}
    return {name: count for name, count in counts.items() if count}
