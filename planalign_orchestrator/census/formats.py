"""Reads files of any format as rows of text: delimited text, Excel and OpenDocument sheets, Parquet."""

import csv
import json
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import duckdb

from planalign_orchestrator.census.quality import noted
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.source import Source, refuse_dense
from planalign_orchestrator.census.sql import SPACES, counted, glob_literal, path_literal
from planalign_orchestrator.census.synonyms import meaning_of
from planalign_orchestrator.census.table import ROWS_LOOKED_AT, Row, TextTable, find_header, known_names, numbered_rows
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.errors import CensusError, instead_of
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import one_row


def open_table(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    folder: Path,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    proposing: bool = False,
) -> TextTable:
    """Open a file of any format at the row of its headings; when proposing, at the sheet that fits best."""
    if source.format == "parquet":
        table = open_parquet(connection, source, folder)
    elif source.format == "excel":
        table = open_excel(source, sheet, header_row, folder, proposing=proposing)
    else:
        table = open_text(source, header_row)
    table.take_sample()
    return table


_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", "^": "carets", "~": "tildes"}
_SEPARATOR_LINE = "sep="
"""How Excel names the delimiter in a first line of its own."""

_VISIBLE_CONTROLS = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_LONGEST_CELL = 8_000_000
_LONGEST_LINE = 16_000_000
_MOST_COLUMNS = 16_384
"""As in Excel; text of fewer letters has fewer."""
_FEWEST_DELIMITERS = 3
"""Of a row of a census, which has four columns at least."""
_QUOTE_REMEDY = "a quote is opened and not closed, or text stands after a closing quote"


def open_text(source: Source, header_row: int | None = None) -> TextTable:
    """Open a delimited text file and find its row of names, unless the number of that row is known."""
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = _delimiter(source)
    table = find_header(_records(source, delimiter), source.named, header_row)
    if table is None:
        raise refused("blank", path=source.named)
    decided = [noted("encoding", encoding=source.encoding)] if source.encoding in ("cp1252", "latin-1") else []
    decided += [noted("delimiter", delimiter=_DELIMITERS[delimiter])] if delimiter != "," else []
    table.notes = [*decided, *table.notes]
    table.delimiter = delimiter
    if source.encoding == "utf-8-sig":
        table.file = source.path
    return table


def _delimiter(source: Source) -> str:
    """The delimiter under which most names of a line mean something; if none do, under which there are most."""
    with source.path.open(encoding=source.encoding, newline="") as file:
        lines = list(islice((line for line in _lines(file, source) if line.strip()), ROWS_LOOKED_AT))
    line = lines[0] if lines else ""
    if line.lower().startswith(_SEPARATOR_LINE) and line[len(_SEPARATOR_LINE) :][:1] in _DELIMITERS:
        return line[len(_SEPARATOR_LINE)]

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:  # a name longer than any; the reading of the row tells
            return 0, 0
        return max(map(known_names, rows), default=0), max(map(len, rows[:1]), default=0)

    there = [delimiter for delimiter in _DELIMITERS if any(delimiter in line for line in lines)] or [","]
    return max(there, key=worth) if len(there) > 1 else there[0]


def _lines(file: TextIO, source: Source) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), ""), 1):
        if len(line) > _MOST_COLUMNS and any(line.count(delimiter) > _MOST_COLUMNS for delimiter in _DELIMITERS):
            raise refused("too many columns", path=source.named, number=number, most=_MOST_COLUMNS)
        if len(line) == _LONGEST_LINE:
            raise refused("line without end", path=source.named, number=number, most=_LONGEST_LINE)
        # Python 3.10's csv refuses NULs for the whole file; as a visible sign they are found in their cell.
        yield line.replace("\0", "\u2400") if "\0" in line else line


def _records(source: Source, delimiter: str) -> Iterator[Row]:
    """Every record with its number, blank ones included; each line that an open quote swallows is a damaged one."""
    number, line, widest = 1, 0, _FEWEST_DELIMITERS
    with source.path.open(encoding=source.encoding, newline="") as file:
        reader = csv.reader(_lines(file, source), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
        while True:
            cells, damage = [], None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                damage = _damage(error)
            lines, line = reader.line_num - line, reader.line_num
            if lines > 1 and _holds_rows(cells, lines, delimiter, widest):
                damage = f"it swallows the next {lines - 1} lines: {_QUOTE_REMEDY}"
            if damage:
                yield from (Row(number + lost, [], damage) for lost in range(lines))
                number += lines
                continue
            if lines > 1:
                # A line break inside a cell becomes a visible sign, by which an id with one is refused.
                cells = [cell.strip().translate(_VISIBLE_CONTROLS) for cell in cells]
            if number > 1 or not cells or not cells[0].lower().startswith(_SEPARATOR_LINE):
                yield Row(number, cells)
            number, widest = number + 1, max(widest, len(cells) - 1)


def _holds_rows(cells: list[str], lines: int, delimiter: str, widest: int) -> bool:
    """Whether a record of several lines holds rows that a quote swallowed.

    They have as many delimiters as itself or the widest record before it; or it lacks what they have too many.
    """
    own, inside = len(cells) - 1, sum(cell.count(delimiter) for cell in cells)
    if own < widest <= inside:
        return True
    whole = (line for cell in cells for line in cell.splitlines()[1:-1])
    return own >= _FEWEST_DELIMITERS and (
        inside == (lines - 1) * own or any(line.count(delimiter) in (own, widest) for line in whole)
    )


def _damage(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a cell is longer than {_LONGEST_CELL} characters, or {_QUOTE_REMEDY}"
    return f"its quotes do not match ({error}): {_QUOTE_REMEDY}"


_LEAST_OF_A_CELL = 2
"""Bytes of a cell in the text that a file is read as: a few kB can hold a value sixty million times."""


def open_parquet(connection: duckdb.DuckDBPyConnection, source: Source, folder: Path) -> TextTable:
    """Open a Parquet file as rows of text; row 1 is the first one, as there is no row of names."""
    path = folder / "parquet.csv"
    damaged = instead_of(duckdb.Error, refused, "damaged parquet", path=source.named)  # which fails in any way
    with damaged, instead_of(duckdb.OutOfMemoryException, refused, "out of resources", folder=folder.parent.resolve()):
        names = _true_names(connection, source)
        (number,) = one_row(connection, f"SELECT sum(num_rows) FROM parquet_file_metadata({glob_literal(source.path)})")
        refuse_dense(source.named, number * len(names) * _LEAST_OF_A_CELL)
        columns = ", ".join([*(f"c{i}" for i in range(len(names))), "file_row_number"])
        options = "file_row_number = true, binary_as_string = true, hive_partitioning = false"
        rows = f"read_parquet({glob_literal(source.path)}, {options}) AS t({columns})"
        types = [row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()][:-1]
        words = {"rows": rows, "types": types, "path": path_literal(path), "spaces": SPACES}
        connection.execute(rendered(__package__, "parquet.sql", **words))
        has_time = {
            name: f"c{i} <> date_trunc('day', c{i})"
            for i, name in enumerate(names)
            if types[i] == "TIMESTAMP WITH TIME ZONE" and (meaning_of(name) or "").endswith("_date")
        }
        found = counted(connection, rows, has_time)
    table = TextTable(names, iter(()), notes=[noted("points in time", *cells) for cells in found.items()])
    table.rows = table.filled(numbered_rows(path))
    return table


def _true_names(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """The names as the file has them; reading it as a table would rename those that differ only in case."""
    found = connection.execute(f"SELECT name, num_children FROM parquet_schema({glob_literal(source.path)})").fetchall()
    names = []
    inside = 0
    for name, children in found[1:]:
        if inside:
            inside += (children or 0) - 1
        else:
            names.append(name)
            inside = children or 0
    return names


def open_excel(
    source: Source, sheet: str | None, header_row: int | None, folder: Path, *, proposing: bool = False
) -> TextTable:
    """Open one sheet (the first when none is named) at its row of headings.

    Args:
        source: the workbook.
        sheet: its name, in any case.
        header_row: the number of the row of headings, when it is known.
        folder: for the rows in between.
        proposing: take the first sheet that looks like a census, where the first one does not.
    """
    rows = folder / "sheet.csv"
    wanted = {"sheet": sheet, "proposing": proposing}
    answer = _answer(source, {"path": str(source.path), "named": str(source.named), "rows": str(rows), **wanted})
    table = find_header(numbered_rows(rows), source.named, header_row)
    if table is None:
        raise refused("empty sheet", path=source.named, sheet=answer["sheet"])
    table.sheet = answer["sheet"]
    for what in ("sheets", "alike"):
        if others := ", ".join(repr(name) for name in answer[what] if name != table.sheet):
            table.notes.append(noted(what, read=table.sheet, others=others))
    for column, name in enumerate(table.names, start=1):
        if rows_of := [row for row in answer["blank"].get(str(column), ()) if row > table.header_row]:
            table.notes.append(noted("blank formulas", name, len(rows_of), rows_of[0]))
    return table


def _answer(source: Source, request: dict[str, Any]) -> dict[str, Any]:
    """Have the sheet read by a process of its own, isolated from the working folder."""
    command = isolated("planalign_orchestrator.census.excel_child", json.dumps(request))
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode or not done.stdout:
        raise refused("crashing workbook", path=source.named)
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise CensusError(answer["error"], remedy=answer["remedy"])
    return answer
