"""Finds the row of headings below title rows, and the totals below the people."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.synonyms import meaning_of
from planalign_orchestrator.census.table import Row

ROWS_LOOKED_AT = 30
_TOTAL = re.compile(r"(grand |sub|sub-|sub |page |plan |company )?totals?( [a-z]+)?:?|(record|row|employee) count:?")


def known_names(cells: Iterable[str]) -> int:
    """How many different meanings the cells of a row name."""
    return len({meaning for cell in cells if (meaning := meaning_of(cell)) is not None})


class Header(NamedTuple):
    """The row of headings.

    Attributes:
        row: it; None when there is none.
        titles: how many rows that hold something stand above it.
        rows: those under it.
    """

    row: Row | None
    titles: int
    rows: Iterator[Row]

    @property
    def notes(self) -> list[Entry]:
        """What is told when rows stand above the headings."""
        if self.row is None or not self.titles:
            return []
        return [Entry("read", f"The headings stand in row {self.row.number}; what is above them was passed over.")]


def find_header(rows: Iterator[Row], wanted: int | None = None) -> Header:
    """The row of headings, and the rows under it.

    It is the one in which most cells mean something; with none, the first that holds anything. Headings that spread
    over two rows are joined.

    Args:
        rows: of the file, from its first.
        wanted: the number of the row of headings, when it is known.
    """
    first = list(islice(rows, max(ROWS_LOOKED_AT, wanted or 0)))
    filled = [i for i, row in enumerate(first) if any(cell.strip() for cell in row.cells) or row.damage]
    if wanted is not None:
        filled = [i for i in filled if first[i].number == wanted]
    if not filled:
        return Header(None, 0, iter(()))
    best = max(filled, key=lambda i: (known_names(first[i].cells), -i))
    header = first[best]
    if known_names(header.cells) < 2:
        best = filled[0]
        header = first[best]
    titles = filled.index(best)
    if wanted is None and best + 1 in filled:
        joined = _joined(header, first[best + 1])
        if known_names(joined) > known_names(header.cells) + 1:
            header, best = Row(header.number, joined), best + 1
    return Header(header, titles, chain(first[best + 1 :], rows))


def _joined(upper: Row, lower: Row) -> list[str]:
    """Two rows of headings as one; a merged cell holds its text in the first of its columns only."""
    width = max(len(upper.cells), len(lower.cells))
    above, below = ([*row.cells, *[""] * (width - len(row.cells))] for row in (upper, lower))
    return [f"{one} {other}".strip() for one, other in zip(above, below, strict=True)]


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row holds the totals of a file: a few cells, one of which says so."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    return len(texts) * 2 <= len(cells) + 1 and any(_TOTAL.fullmatch(text.lower()) for text in texts)
