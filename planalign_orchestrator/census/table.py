"""What every format is reduced to: column names, found below title rows, and under them numbered rows of text."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from planalign_orchestrator.census.quality import Entry, noted
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.synonyms import meaning_of, says_something

SAMPLE_ROWS = 2000
ROWS_LOOKED_AT = 30
_TOTAL = re.compile(r"((.* )?(sub|sub-)?totals?( [a-z]+)?|(record|row|employee) count)(:? *[\d,]+|:)?")

_TEXT_AS_FORMULA = re.compile(r'^\s*="([^"]*)"\s*$')

_NOTE = re.compile(r"[^\W\d]{2}.*[\s:].*[^\W\d]")
"""Words, as no id has them: ``Department: Sales``, ``Report run by payroll``."""
_FEWEST_COLUMNS = 4
_SHORTEST_DATE = 5
"""Of 43528, as spreadsheets store dates; a row of totals may count the dates of a column."""


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
        sample: the cells of the first of them.
        notes: what was decided while opening it.
        blank_rows: how many blank rows were passed over; complete when ``rows`` is exhausted.
        formulas: of how many cells such as ``="00123"`` the text was taken; complete with them.
        passed_over: the numbers of other rows that are about nobody, by what they are.
        header_row: the number of the row of names.
        first_row: the number of the row under them.
        file: of UTF-8 text with the rows, where they come from one.
        delimiter: of that file.
        title: what stands above it.
        sheet: of a workbook.
    """

    names: list[str]
    rows: Iterator[Row]
    sample: list[list[str]] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)
    blank_rows: int = 0
    formulas: int = 0
    passed_over: dict[str, list[int]] = field(default_factory=dict)
    header_row: int = 1
    first_row: int = 2
    file: Path | None = None
    delimiter: str = ""
    title: str = ""
    sheet: str | None = None

    def filled(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows that hold something, with those marked whose cells do not line up with the names."""
        columns = len(self.names)
        needed = max((i + 1 for i, name in enumerate(self.names) if name), default=0)
        for row in map(self._without_formulas, rows):
            found = len(row.cells)
            if not row.damage and not any(map(str.strip, row.cells)):
                self.blank_rows += 1
            elif row.damage or found == columns or (found >= needed and not any(map(str.strip, row.cells[columns:]))):
                yield row
            else:
                yield Row(row.number, row.cells, f"it has {found} cells, but there are {columns} column names")

    def _without_formulas(self, row: Row) -> Row:
        """The row with the text of cells that systems write as formulas, so that Excel keeps their leading zeros."""
        if '="' not in "\n".join(row.cells):
            return row
        texts = [_TEXT_AS_FORMULA.sub(r"\1", cell) for cell in row.cells]
        self.formulas += sum(text != cell for text, cell in zip(texts, row.cells, strict=True))
        return row._replace(cells=texts)

    def take_sample(self) -> None:
        """Look at the first rows, which stay among all of them."""
        first = list(islice(self.rows, SAMPLE_ROWS))
        self.sample = [row.cells for row in first if row.damage is None]
        self.rows = chain(first, self.rows)


def numbered_rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file in between, each behind its number."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        yield from (Row(int(number), cells) for number, *cells in csv.reader(file))


def known_names(cells: Iterable[str], most: int = 0) -> int:
    """How many different meanings the cells of a row name; 0 where they cannot be more than the most that is known."""
    worded = [*filter(says_something, cells)]
    return len({*map(meaning_of, worded)} - {None}) if len(worded) > most else 0


def find_header(rows: Iterator[Row], named: Path, wanted: int | None = None) -> TextTable | None:
    """The row of headings, and the rows under it; None when there is none.

    It is the one in which most cells mean something; with none, the first that holds anything. Headings that spread
    over two rows are joined.

    Args:
        rows: of the file, from its first.
        named: the file as the user named it.
        wanted: the number of the row of headings, when it is known.
    """
    first = list(islice(rows, max(ROWS_LOOKED_AT, wanted or 0)))
    filled = [i for i, row in enumerate(first) if any(cell.strip() for cell in row.cells) or row.damage]
    known: dict[int, int] = {}
    for i in (i for i in filled if wanted is None or first[i].number == wanted):
        known[i] = known_names(first[i].cells, max(known.values(), default=0))
    if not known:
        return None
    best = max(known, key=known.__getitem__)
    if known[best] < 2:
        best = min(known)
    header = first[best]
    if header.damage:
        raise refused("no headings", path=named, row=header)
    notes = [noted("headings below", row=header.number)] if filled.index(best) else []
    cells = header.cells
    if best - 1 in filled:
        cells = [
            joined if meaning_of(joined) and not meaning_of(own) else own
            for own, joined in zip(cells, _joined(first[best - 1], header), strict=False)
        ]
    most = known_names(cells) + 1
    if best + 1 in filled and known_names(below := _joined(header, first[best + 1]), most) > most:
        cells, best = below, best + 1
    title = " ".join(cell for i in filled[: filled.index(best)] for cell in first[i].cells)
    table = TextTable([name.strip() for name in cells], iter(()), notes=notes, header_row=header.number, title=title)
    table.first_row = first[best].number + 1
    table.rows = table.filled(chain(first[best + 1 :], rows))
    return table


def _joined(upper: Row, lower: Row) -> list[str]:
    """Two rows of headings as one; a merged cell holds its text in the first of its columns only."""
    width = max(len(upper.cells), len(lower.cells))
    above, below = ([*row.cells, *[""] * (width - len(row.cells))] for row in (upper, lower))
    return [f"{one} {other}".strip() for one, other in zip(above, below, strict=True)]


def of_nobody(cells: Sequence[str], needed: Sequence[int], dates: Sequence[int]) -> str | None:
    """What a row is that is about no person: the totals of a file, or a note or heading in a cell by itself.

    Args:
        cells: of the row, without blanks around them.
        needed: positions of what every person has.
        dates: of the dates among it.
    """
    texts = [*filter(None, cells)]
    days = [cells[i] for i in dates if i < len(cells)]
    if len(texts) * 2 > len(cells) + 1 and (not dates or any(days)):
        return None
    if len(days) > 1 and all(len(day) >= _SHORTEST_DATE for day in days):
        return None
    if any(_TOTAL.fullmatch(text.lower()) for text in texts):
        return "totals"
    is_beside = not any(cells[i] for i in needed if i < len(cells))
    is_note = len(texts) == 1 and len(cells) >= _FEWEST_COLUMNS and (is_beside or _NOTE.search(texts[0]))
    return "notes" if is_note else None
