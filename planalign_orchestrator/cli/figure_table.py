"""Tables of figures for a terminal of any width: no figure is ever cut off; a table too wide is turned or split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.reports.page import Exhibit, Table as PageTable
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
        grid: the headings, then the rows; the first of each names the rest.
        are_words: whether the cells are words, which may be broken, and no figures.
    """

    title: str
    grid: Sequence[Sequence[str]]
    are_words: bool = False

    @classmethod
    def of(cls, title: str, table: PageTable, *, most_rows: int | None = None) -> "FigureTable":
        """A table of a page, or its first rows."""
        rows = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows[:most_rows]]
        texts = [cell.text for row in table.rows for cell in row.cells if cell.value is None]
        return cls(title, [[table.head, *table.columns], *rows], max(map(len, texts), default=0) > _WIDEST_WORDS)

    @property
    def turned(self) -> "FigureTable":
        """The same on its side."""
        return replace(self, grid=list(zip(*self.grid, strict=True)))

    def split(self, width: int) -> list["FigureTable"]:
        """Tables of so many characters, each with the names of the rows; one where it fits, at least a column each."""
        names, *columns = self.turned.grid
        start = room = width - min(max(map(len, names)), _WIDEST_NAME) - _FRAME - 1
        parts: list[list[Sequence[str]]] = [[]]
        for column in columns:
            needed = self.width_of(column) + _FRAME
            if parts[-1] and room < needed:
                parts.append([])
                room = start
            parts[-1].append(column)
            room -= needed
        return [replace(self, grid=[names, *part]).turned for part in parts]

    def width_of(self, column: Sequence[str]) -> int:
        """The width of a column without its frame."""
        widest = max(map(len, column[1:]), default=0)
        widest = min(widest, _WIDEST_WORDS) if self.are_words else widest
        return max(widest, *map(len, column[0].split() or [""]))


def console_for_figures() -> Console:
    """The output: a terminal as wide as it is, a pipe wide enough for most tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_WHEN_PIPED)


def show_warnings(warnings: Iterable[str]) -> None:
    """Print what a reader must know before the figures."""
    for warning in warnings:
        console_for_figures().print(Text(visible(f"warning: {warning}"), style="yellow"), soft_wrap=True)


def show_table(table: FigureTable, console: Console | None = None) -> None:
    """Print a table as it is, turned on its side, or in parts, whichever takes the fewest."""
    console = console or console_for_figures()
    upright, turned = table.split(console.width), table.turned.split(console.width)
    for part in turned if len(turned) < len(upright) else upright:
        console.print(_drawn(part))


def show_exhibit(exhibit: Exhibit, *, most_rows: int | None = None) -> None:
    """Print what a page finds, and the table that it finds it in, or the first rows of that."""
    say(f"\n{exhibit.title}. {exhibit.subtitle}")
    show_table(FigureTable.of("", exhibit.table, most_rows=most_rows))
    if most_rows is not None and (number := len(exhibit.table.rows)) > most_rows:
        say(f"{most_rows} of {number:,} rows; the page has all")


def _drawn(table: FigureTable) -> Table:
    drawn = Table(title=Text(visible(table.title)) if table.title else None, title_justify="left")
    for i, column in enumerate(table.turned.grid):
        if i == 0 or table.are_words:
            drawn.add_column(Text(visible(column[0])), overflow="fold")
        else:
            heading = "\n".join(wrap(visible(column[0]), table.width_of(column), break_long_words=False))
            drawn.add_column(Text(heading), justify="right", no_wrap=True)
    for cells in table.grid[1:]:
        drawn.add_row(*(Text(visible(text)) for text in cells))
    return drawn
