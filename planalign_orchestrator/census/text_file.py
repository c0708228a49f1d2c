"""Reads delimited text: any usual delimiter and encoding, quoted line breaks, blank lines, damaged rows."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.table import ROWS_LOOKED_AT, Row, TextTable, find_header, known_names

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
    table.notes = [*_notes(source, delimiter), *table.notes]
    table.rows = _lined_up(table.names, table.rows)
    return table


def _notes(source: Source, delimiter: str) -> list[Entry]:
    notes = []
    if source.encoding in ("cp1252", "latin-1"):
        notes.append(Entry("read", f"The text is not UTF-8; it was read as {source.encoding}."))
    if delimiter != ",":
        notes.append(Entry("read", f"Columns are separated by {_DELIMITERS[delimiter]}."))
    return notes


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


def _lined_up(names: list[str], rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, with those marked whose cells do not line up with the names."""
    columns = len(names)
    needed = max((i + 1 for i, name in enumerate(names) if name), default=0)
    for row in rows:
        found = len(row.cells)
        if found == columns or row.damage:
            yield row
        elif found < needed or any(cell.strip() for cell in row.cells[columns:]):
            yield Row(row.number, row.cells, f"it has {found} cells, but there are {columns} column names")
        else:
            yield row
