"""What a page consists of, and the one place where it becomes HTML. Everything is escaped; nothing is ever loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planalign_orchestrator.visible import visible

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Cell:
    """A figure.

    Args:
        text: as it is shown.
        value: the exact value behind it; it stands in the page for programs. None for a text.
    """

    text: str
    value: Any = None


@dataclass(frozen=True)
class Row:
    """A row of a table, or its total."""

    label: str
    cells: Sequence[Cell]
    is_total: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        head: over the labels of the rows.
        columns: over the figures.
        rows: each with a cell for each column.
        unit: of the figures, when they share one.
    """

    head: str
    columns: Sequence[str]
    rows: Sequence[Row]
    unit: str = ""


@dataclass(frozen=True)
class Exhibit:
    """A finding with its chart and its table.

    Args:
        key: names it in the page's addresses; letters and hyphens.
        title: the finding.
        subtitle: what is shown, in which unit.
        table: the figures.
        chart: SVG from ``charts`` (trusted: made here); empty where there is nothing to draw.
        note: how to read it.
        open: shows the table at once instead of on request.
    """

    key: str
    title: str
    subtitle: str
    table: Table
    chart: str = ""
    note: str = ""
    open: bool = False


@dataclass(frozen=True)
class Section:
    """Exhibits under a heading."""

    key: str
    heading: str
    lead: str
    exhibits: Sequence[Exhibit]


@dataclass(frozen=True)
class Headline:
    """A headline figure.

    Args:
        key: names it in the page.
        label: what it is.
        figure: its value.
        direction: ``up``, ``down`` or ``level``; empty when there is nothing to compare it with.
        change: the change in words.
        spark: a small line over the years.
    """

    key: str
    label: str
    figure: Cell
    direction: str
    change: str
    spark: str = ""


def render(template: str, **content: Any) -> str:
    """A page from a template of the folder ``templates`` and its content; what does not show in text is written out."""
    return visible(_environment().get_template(template).render(**content), keep="\n")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(text: str) -> Markup:
    """The escaped text, which may go on in the next line after an underscore or slash, as names and folders need it."""
    from markupsafe import Markup, escape

    return Markup(str(escape(text)).replace("/", "/<wbr>").replace("_", "_<wbr>"))
