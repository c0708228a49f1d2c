"""Reads delimited text: any usual delimiter and encoding, quoted line breaks, blank lines, damaged rows."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from planalign_orchestrator.census.header import ROWS_LOOKED_AT, find_header, known_names
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.refusals import refused
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.table import Row, TextTable

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", "^": "carets", "~": "tildes"}
_SEPARATOR_LINE = "sep="
"""How Excel names the delimiter in a first line of its own."""

_VISIBLE_CONTROLS = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}
_LONGEST_CELL = 8_000_000
_QUOTE_REMEDY = "a quote is opened and not closed, or text stands after a closing quote"


def open_text(source: Source, header_row: int | None = None) -> TextTable:
    """Open a delimited text file and find its row of names, unless the number of that row is known."""
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = _delimiter(source.path, source.encoding)
    with _opened(source) as file:
        found = find_header(_records(file, delimiter), header_row)
    header = found.row
    if header is None:
        raise refused("blank", path=source.path)
    if header.damage:
        raise refused("no headings", path=source.path, row=header)
    names = [name.strip() for name in header.cells]
    notes = [*_notes(source, delimiter), *found.notes]
    table = TextTable(names=names, rows=iter(()), notes=notes, header_row=header.number)
    table.rows = _checked_rows(table, source, delimiter, header_row)
    return table


def _opened(source: Source) -> TextIO:
    return source.path.open(encoding=source.encoding, newline="")


def _notes(source: Source, delimiter: str) -> list[Entry]:
    notes = []
    if source.encoding in ("cp1252", "latin-1"):
        notes.append(Entry("read", f"The text is not UTF-8; it was read as {source.encoding}."))
    if delimiter != ",":
        notes.append(Entry("read", f"Columns are separated by {_DELIMITERS[delimiter]}."))
    return notes


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter under which most names of a line mean something; if none do, under which there are most."""
    with path.open(encoding=encoding, newline="") as file:
        lines = list(islice((line for line in _lines(file) if line.strip()), ROWS_LOOKED_AT))
    line = lines[0] if lines else ""
    if line.lower().startswith(_SEPARATOR_LINE) and line[len(_SEPARATOR_LINE) :][:1] in _DELIMITERS:
        return line[len(_SEPARATOR_LINE)]

    def worth(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:  # a name longer than any; the reading of the row tells
            return 0, 0
        return max(map(known_names, rows), default=0), max(map(len, rows[:1]), default=0)

    absent = [delimiter for delimiter in _DELIMITERS if not any(delimiter in line for line in lines)]
    return max((delimiter for delimiter in _DELIMITERS if delimiter not in absent[1:]), key=worth)


def _lines(file: TextIO) -> Iterator[str]:
    for line in file:
        # Python 3.10's csv refuses NULs for the whole file; as a visible sign they are found in their cell.
        yield line.replace("\0", "\u2400") if "\0" in line else line


def _records(file: TextIO, delimiter: str) -> Iterator[Row]:
    """Every record with its number, blank ones included."""
    reader = csv.reader(_lines(file), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    number, line = 0, 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, [], _damage(error))
            line = reader.line_num
            continue
        if reader.line_num - line > 1:
            # A line break inside a cell becomes a visible sign, by which an id with one is refused.
            cells = [cell.strip().translate(_VISIBLE_CONTROLS) for cell in cells]
        line = reader.line_num
        if number == 1 and cells and cells[0].lower().startswith(_SEPARATOR_LINE):
            continue
        yield Row(number, cells)


def _damage(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a cell is longer than {_LONGEST_CELL} characters, or {_QUOTE_REMEDY}"
    return f"its quotes do not match ({error}): {_QUOTE_REMEDY}"


def _checked_rows(table: TextTable, source: Source, delimiter: str, header_row: int | None) -> Iterator[Row]:
    """The rows that hold something, with those marked whose cells do not line up with the names."""
    columns = len(table.names)
    needed = max((i + 1 for i, name in enumerate(table.names) if name), default=0)
    with _opened(source) as file:
        for row in find_header(_records(file, delimiter), header_row).rows:
            found = len(row.cells)
            if (found == columns and row.cells[0]) or row.damage:
                yield row
            elif not any(cell.strip() for cell in row.cells):
                table.blank_rows += 1
            elif found < needed or any(cell.strip() for cell in row.cells[columns:]):
                yield Row(row.number, row.cells, f"it has {found} cells, but there are {columns} column names")
            else:
                yield row
