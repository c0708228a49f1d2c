"""What every format is reduced to: column names, then numbered rows of text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from planalign_orchestrator.census.quality import Entry

SAMPLE_ROWS = 2000


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
        total_rows: the numbers of the rows of totals that were passed over.
        header_row: the number of the row of names.
        sheet: of a workbook.
    """

    names: list[str]
    rows: Iterator[Row]
    sample: list[list[str]] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)
    blank_rows: int = 0
    total_rows: list[int] = field(default_factory=list)
    header_row: int = 1
    sheet: str | None = None

    def take_sample(self) -> None:
        """Look at the first rows, which stay among all of them."""
        first = list(islice(self.rows, SAMPLE_ROWS))
        self.sample = [row.cells for row in first if row.damage is None]
        self.rows = chain(first, self.rows)
