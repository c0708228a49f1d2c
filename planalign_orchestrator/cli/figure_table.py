"""Tables of figures for a terminal of any width: no figure is ever cut off; a table too wide is turned or split."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planalign_orchestrator.reports.page import Table as PageTable
from planalign_orchestrator.visible import visible

_WIDTH_WHEN_PIPED = 120
_WIDEST_NAME, _WIDEST_WORDS = 28, 24
_FRAME = 3
"""Characters that the frame adds to each column."""


@dataclass(frozen=True)
class FigureTable:
    """A table of figures.

    Args:
        title: above it.
        head: over the names of the rows.
        columns: over the figures.
        rows: a name, and a text for each column.
        sections: rows that follow on a line across the table.
        are_words: whether the cells are words, which may be broken, and no figures.
    """

    title: str
    head: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    sections: Collection[int] = field(default_factory=frozenset)
    are_words: bool = False

    @classmethod
    def of(cls, title: str, table: PageTable, *, most_rows: int | None = None, are_words: bool = False) -> FigureTable:
        """A table of a page, or its first rows."""
        rows = [(row.label, [cell.text for cell in row.cells]) for row in table.rows[:most_rows]]
        return cls(title, table.head, table.columns, rows, are_words=are_words)

    @property
    def turned(self) -> FigureTable:
        """The same on its side."""
        across = [(name, [cells[i] for _, cells in self.rows]) for i, name in enumerate(self.columns)]
        return FigureTable(self.title, self.head, [name for name, _ in self.rows], across, are_words=self.are_words)

    def split(self, width: int) -> list[FigureTable]:
        """Tables of so many characters, each with the names of the rows; one where it fits, at least a column each."""
        names = max(map(len, (self.head, *(name for name, _ in self.rows))))
        start = min(names, _WIDEST_NAME) + _FRAME + 1
        parts: list[list[int]] = [[]]
        room = width - start
        for i in range(len(self.columns)):
            if parts[-1] and room < self.width_of(i):
                parts.append([])
                room = width - start
            parts[-1].append(i)
            room -= self.width_of(i)
        return [self._part(part) for part in parts]

    def width_of(self, i: int) -> int:
        """The width of a column with its frame."""
        widest = max((len(cells[i]) for _, cells in self.rows), default=0)
        widest = min(widest, _WIDEST_WORDS) if self.are_words else widest
        return max(widest, *map(len, self.columns[i].split() or [""])) + _FRAME

    def _part(self, columns: Sequence[int]) -> FigureTable:
        rows = [(name, [cells[i] for i in columns]) for name, cells in self.rows]
        heads = [self.columns[i] for i in columns]
        return FigureTable(self.title, self.head, heads, rows, self.sections, self.are_words)


def console_for_figures() -> Console:
    """The output: a terminal as wide as it is, a pipe wide enough for most tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_WHEN_PIPED)


def show_table(table: FigureTable, console: Console | None = None) -> None:
    """Print a table as it is, turned on its side, or in parts, whichever takes the fewest."""
    console = console or console_for_figures()
    upright, turned = table.split(console.width), table.turned.split(console.width)
    for part in turned if len(turned) < len(upright) else upright:
        console.print(_drawn(part))


def _drawn(table: FigureTable) -> Table:
    drawn = Table(title=Text(visible(table.title)), title_justify="left")
    drawn.add_column(Text(visible(table.head)), overflow="fold")
    for i, name in enumerate(table.columns):
        if table.are_words:
            drawn.add_column(Text(visible(name)), overflow="fold")
        else:
            heading = "\n".join(wrap(visible(name), table.width_of(i) - _FRAME, break_long_words=False))
            drawn.add_column(Text(heading), justify="right", no_wrap=True)
    for i, (name, cells) in enumerate(table.rows):
        if i in table.sections:
            drawn.add_section()
        drawn.add_row(*(Text(visible(text)) for text in (name, *cells)))
    return drawn
