"""What every format is reduced to: column names, then numbered rows of text; and text so plain that DuckDB reads it.

Plain is: ASCII without quotes and control characters, one kind of line break, no blank lines. DuckDB finds out whether
every row has as many cells as there are names, ten times as fast as Python's reader. Of such a file nothing is left to
decide; any other is read row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.sql import glob_literal, literal

_CHUNK = 1 << 20
_LONGEST_LINE = 100_000
_MARK = b"\xef\xbb\xbf"
_TEXT = bytes(set(range(32, 127)) - {ord('"')})
_BLANK_LINES = (b"\n\n", b"\n\r\n")
_END_LOOKED_AT = 4096


@dataclass(frozen=True)
class PlainText:
    """A file of plain rows under one row of names.

    Attributes:
        path: the file.
        delimiter: between cells.
        columns: how many names there are.
        rows: lines under the names.
        line_end: as DuckDB names it.
    """

    path: Path
    delimiter: str
    columns: int
    rows: int
    line_end: str

    def query(self, positions: Mapping[str, int]) -> str:
        """SQL for the rows in the order of the file: ``row_number``, then the cells that are wanted, empty ones null.

        It fails with a ``duckdb.InvalidInputException`` when a row has more or fewer cells than there are names.

        Args:
            positions: of the cells, by the name they get.
        """
        described = ", ".join(f"'cell_{position}': 'VARCHAR'" for position in range(self.columns))
        cells = (f"nullif(trim(cell_{position}, ' '), '') AS {name}" for name, position in positions.items())
        return (
            f"SELECT row_number() OVER () + 1 AS row_number, {', '.join(cells)} FROM read_csv("
            f"{glob_literal(self.path)}, columns = {{{described}}}, header = false, skip = 1, auto_detect = false, "
            f"delim = {literal(self.delimiter)}, quote = '', escape = '', new_line = '{self.line_end}', "
            f"max_line_size = {_LONGEST_LINE})"
        )


def plain_text(path: Path, delimiter: str, columns: int) -> PlainText | None:
    """What DuckDB needs to know to read a file, or None when its rows need more care than that.

    Args:
        path: a delimited text file.
        delimiter: between its cells.
        columns: names in its first line.
    """
    allowed = _TEXT + b"\r\n" + delimiter.encode()
    lines, returns, ends_within, end = 0, 0, True, b""
    with path.open("rb") as file:
        chunk = (file.read(_CHUNK) + file.readline(_LONGEST_LINE)).removeprefix(_MARK)
        while chunk:
            # A chunk ends with a line, so nothing that is looked for begins in one and ends in the next.
            if not ends_within or chunk.startswith((b"\n", b"\r")) or any(blank in chunk for blank in _BLANK_LINES):
                return None
            if chunk.translate(None, allowed) or chunk.count(b"\r") != chunk.count(b"\r\n"):
                return None
            lines += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            ends_within = chunk.endswith(b"\n")
            end = chunk[-_END_LOOKED_AT:]
            chunk = file.read(_CHUNK) + file.readline(_LONGEST_LINE)
    if columns < 2 or returns not in (0, lines) or not lines or b"total" in end.lower():
        return None
    return PlainText(path, delimiter, columns, lines - ends_within, "\\r\\n" if returns else "\\n")


class Row(NamedTuple):
    """A row as its file shows it.

    Attributes:
        number: its number in the file, where the row of names is row 1 unless blank rows stand before it.
        cells: the text of its cells.
        damage: why the cells cannot be told apart; None when they can.
    """

    number: int
    cells: list[str]
    damage: str | None = None


@dataclass
class TextTable:
    """A census whose rows are read one by one.

    Attributes:
        names: the column names.
        rows: the rows under them, blank ones left out.
        notes: what was decided while opening it.
        blank_rows: how many blank rows were passed over; complete when ``rows`` is exhausted.
        total_rows: the numbers of the rows of totals that were passed over.
        header_row: the number of the row of names.
        sheet: of a workbook.
        plain: set when nothing is to be decided about the rows, so that they need not be read one by one.
    """

    names: list[str]
    rows: Iterator[Row]
    notes: list[Entry] = field(default_factory=list)
    blank_rows: int = 0
    total_rows: list[int] = field(default_factory=list)
    header_row: int = 1
    sheet: str | None = None
    plain: PlainText | None = None
