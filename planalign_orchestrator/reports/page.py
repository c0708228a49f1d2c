"""What a page consists of, and the one place where it becomes HTML. Everything is escaped; nothing is ever loaded."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import jinja2
from markupsafe import Markup, escape

from planalign_orchestrator import __version__
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.definitions import Form
from planalign_orchestrator.storage.durable import atomic_write_text
from planalign_orchestrator.tables import language
from planalign_orchestrator.visible import visible

TEMPLATES = Path(__file__).with_name("templates")
SCRIPT = TEMPLATES / "charts.js"
FEW = 100
"""A group of fewer people than this is marked wherever its figures stand."""


@dataclass(frozen=True)
class Cell:
    """A figure.

    Args:
        text: as it is shown.
        value: the exact value behind it; it stands in the page for programs. None for a text.
        is_code: a path or a name that only the configuration uses.
        heat: from -3 to 3, how strongly it is colored as a loss or a gain.
        form: of the value in a workbook.
    """

    text: str
    value: Any = None
    is_code: bool = False
    heat: int = 0
    form: Form | Literal["any"] = "any"


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Args:
        label: names it.
        cells: its figures.
        is_total: whether it sums up the others.
        people: how many it is about, where it is about a group; one of a few is marked.
    """

    label: str
    cells: Sequence[Cell]
    is_total: bool = False
    people: int | None = None

    @property
    def is_of_few(self) -> bool:
        """Whether chance alone can move its rates by many points."""
        return self.people is not None and self.people < FEW


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


@dataclass(frozen=True)
class Page:
    """A page about one run or several.

    Args:
        title: over everything.
        facts: what it is about: names and texts.
        headlines: the headline figures of each run, by its name; those of several stand side by side.
        warnings: what a reader must know before anything else.
        sections: in order.
        quiet: what stands in the place of warnings when there are none.
        finding: the answer in a sentence or two.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    headlines: Mapping[str, Sequence[Headline]]
    warnings: Sequence[str]
    sections: Sequence[Section]
    quiet: str = ""
    finding: str = ""


def html_of(page: Page) -> str:
    """The page as text."""
    return as_shown(environment().get_template("page.html.j2").render(page=page, version=__version__))


def as_shown(text: str) -> str:
    """HTML in which what does not show in text is written out, and no line ends after a minus sign."""
    return visible(text, keep="\n").replace("−$", "−&NoBreak;$")


def write_page(page: Page, path: Path) -> Path:
    """Write a page, whole or not at all; what stands at ``path`` is replaced."""
    atomic_write_text(path, html_of(page))
    return path


def finding(name: str, /, **facts: object) -> str:
    """A sentence of ``findings.j2`` about facts; odd spaces in names stay."""
    return re.sub(r"[ \n]+", " ", str(getattr(_findings(), name)(**facts))).strip(" ")


def told(name: str, /, **facts: object) -> list[str]:
    """Lines that ``findings.j2`` has of facts."""
    return [line for line in str(getattr(_findings(), name)(**facts)).split("\n") if line]


@cache
def _findings() -> Any:
    plain = environment().overlay(autoescape=False, extensions=["jinja2.ext.do"])
    return plain.get_template("findings.j2").module


@cache
def environment(more: Path | None = None) -> jinja2.Environment:
    """The template engine of all pages.

    Args:
        more: a folder with more templates, which may take in those of the reports.
    """
    environment = language(TEMPLATES, *([more] if more else []), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {**wording.FORMS, "breakable": _breakable, "quoting": _quoting, "css_text": _css_text}
    script = Markup(SCRIPT.read_text(encoding="utf-8"))
    digest = b64encode(sha256(script.encode()).digest()).decode()
    environment.globals.update(few=FEW, script=script, script_hash=digest)
    return environment


def _breakable(text: str) -> Markup:
    """The escaped text, which may go on in the next line after an underscore or slash, as names and folders need it."""
    return Markup(str(escape(text)).replace("/", "/<wbr>").replace("_", "_<wbr>"))


def _quoting(text: str) -> Markup:
    """Likewise of a sentence that quotes headings, settings or files: each stays as it is written, set as code."""
    return Markup(re.sub(r"[\w./-]*_(?:<wbr>|[\w./-])*", r"<code>\g<0></code>", str(_breakable(text))))


def _css_text(text: str) -> str:
    """The text as it may stand between quotes in a style sheet: what is no letter or digit as its code."""
    return "".join(c if c.isalnum() or c in " -" else f"\\{ord(c):x} " for c in text)
