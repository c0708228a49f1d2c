"""Tables of figures for a terminal of any width: no figure is ever cut off; a table too wide is turned or split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planalign_orchestrator.reports.page import Exhibit
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
        title: above it; empty for none.
        head: over the names of the rows.
        columns: over the figures.
        rows: a name, and a text for each column.
        are_words: whether the cells are words, which may be broken, and no figures.
    """

    title: str
    head: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    are_words: bool = False

    @classmethod
    def of(cls, title: str, table: PageTable, *, most_rows: int | None = None) -> FigureTable:
        """A table of a page, or its first rows."""
        rows = [(row.label, [cell.text for cell in row.cells]) for row in table.rows[:most_rows]]
        texts = [cell.text for row in table.rows for cell in row.cells if cell.value is None]
        are_words = max(map(len, texts), default=0) > _WIDEST_WORDS
        return cls(title, table.head, table.columns, rows, are_words)

    @property
    def turned(self) -> FigureTable:
        """The same on its side."""
        across = [(name, [cells[i] for _, cells in self.rows]) for i, name in enumerate(self.columns)]
        return replace(self, columns=[name for name, _ in self.rows], rows=across)

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
        return replace(self, columns=[self.columns[i] for i in columns], rows=rows)


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


def show_exhibit(exhibit: Exhibit, console: Console | None = None, *, most_rows: int | None = None) -> None:
    """Print what a page finds, and the table that it finds it in, or the first rows of that."""
    console = console or console_for_figures()
    console.print(visible(f"\n{exhibit.title}. {exhibit.subtitle}", keep="\n"), markup=False, soft_wrap=True)
    show_table(FigureTable.of("", exhibit.table, most_rows=most_rows), console)
    if most_rows is not None and (number := len(exhibit.table.rows)) > most_rows:
        console.print(f"{most_rows} of {number:,} rows; the page has all", markup=False, soft_wrap=True)


def _drawn(table: FigureTable) -> Table:
    drawn = Table(title=Text(visible(table.title)) if table.title else None, title_justify="left")
    drawn.add_column(Text(visible(table.head)), overflow="fold")
    for i, name in enumerate(table.columns):
        if table.are_words:
            drawn.add_column(Text(visible(name)), overflow="fold")
        else:
            heading = "\n".join(wrap(visible(name), table.width_of(i) - _FRAME, break_long_words=False))
            drawn.add_column(Text(heading), justify="right", no_wrap=True)
    for name, cells in table.rows:
        drawn.add_row(*(Text(visible(text)) for text in (name, *cells)))
    return drawn
