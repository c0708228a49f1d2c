"""Sheets of an Excel workbook: tables with formats, filters, widths and print set-up, row after row; charts and names.

Rows are written in order, so that a workbook of any length can be streamed. Text is always text: a value such as
``=1+1`` out of a census is shown and never computed; formulas are ours alone. A page has a workbook beside it, with a
sheet a section, the exact values and charts by year.
"""

import datetime as dt
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, Literal, TypeAlias

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_range_abs

from planalign_orchestrator.model.project import read_yaml
from planalign_orchestrator.reports.definitions import Column, Form
from planalign_orchestrator.reports.page import Exhibit, Page, write_page
from planalign_orchestrator.storage.durable import named, scratch_folder, written_whole
from planalign_orchestrator.tables import table

ROWS = 1_048_576
"""Rows of a sheet, header included: more than that Excel does not open."""

CellForm = Form | Literal["any", "note", "thousands"]
"""A column form, ``any`` for a value of any type, ``note`` for long text that wraps, ``thousands`` for large money."""

_LONGEST_TEXT = 32_767
_FORMS, _SHEETS = table(__package__, "forms"), table(__package__, "sheets")
_NUMBER_FORMATS = {name: form["cell"] for name, form in _FORMS.items() if "cell" in form}
_FIRST_DATE = dt.date(1900, 3, 1)
"""Excel has no days before 1900, and counts a 29 February 1900 that never was."""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NARROWEST, _WIDEST, _NOTE_WIDTH = 8, 44, 84
_LINE_HEIGHT = 15.5
_READABLE_WIDTH = 150
"""Characters that a page can hold in print of 8 points or more; a wider sheet goes on several pages side by side."""
_COLORS = ("#1F6FC4", "#0A5755", "#9B3600", "#4F029E", "#C26F07", "#00A86D", "#968FA8")
_SUBTYPES = {"column": "stacked", "line": None}
Kind: TypeAlias = Literal["column", "line"]
KINDS: tuple[Kind, ...] = ("column", "line")
Cells: TypeAlias = tuple[str, int, int, int, int]
"""A sheet, and the first row and column and the last ones of a range in it."""
_ON_THE_LEFT = ("text", "any", "note", "year")
_MEASURED_ROWS = 1_000
"""How far down values are looked at to find the width of a column."""
_LETTER = 1


@dataclass(frozen=True)
class Heading:
    """A column of a sheet; its title is text, or a year as a number."""

    title: str | int
    form: CellForm


Headings: TypeAlias = Sequence[Heading | Column]


@dataclass(frozen=True)
class Cell:
    """A value that is shown in another form than its column's, with the formula that gives it, if one does."""

    value: Any
    form: CellForm
    formula: str = ""


@dataclass(frozen=True)
class Drawn:
    """A series of a chart: its name, the cells of its labels and values, and whether it is a column or a line."""

    name: str
    labels: Cells
    values: Cells
    kind: Kind = "column"


@dataclass(frozen=True)
class Placed:
    """Where a table stands: its sheet, and the rows of its data."""

    sheet: str
    first: int
    last: int

    def column(self, index: int, rows: int | None = None) -> Cells:
        """The cells of a column, or those of its first rows."""
        return self.sheet, self.first, index, self.last if rows is None else self.first + rows - 1, index


def headings_of(text: str) -> list[Heading]:
    """Headings from titles and forms: ``Year: year, Event: text``."""
    return [Heading(*part.split(": ")) for part in text.split(", ")]  # type: ignore[arg-type]


def measures_of(name: str) -> list[str]:
    """The columns of ``fct_yearly_summary`` that ``sheets.ini`` has for a table."""
    return _SHEETS[name]["measures"].split(", ")


@contextmanager
def written_book(path: Path, title: str, created: dt.datetime, *, streamed: bool = False) -> Iterator["Book"]:
    """A workbook that stands at a path when the block ends, whole; what stands there is replaced.

    Args:
        path: the file.
        title: of the workbook.
        created: see ``Book``.
        streamed: whether its rows go to the disk at once, because they are many.
    """
    with scratch_folder(path.parent) as workplace, written_whole(path) as temporary, named(path):
        book = Book(temporary, title, created, workplace if streamed else None)
        yield book
        try:
            book.workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None  # what the system says


class Book:
    """A workbook in the making.

    Args:
        target: the file.
        title: shown in the document's properties and at the foot of every page.
        created: when the results were made; the same results give the same bytes.
        workplace: a private folder for rows on their way, to stream a long workbook; None keeps everything in memory.
    """

    def __init__(self, target: Path, title: str, created: dt.datetime, workplace: Path | None) -> None:
        options = {"constant_memory": True, "tmpdir": str(workplace)} if workplace else {"in_memory": True}
        self.workbook = xlsxwriter.Workbook(str(target), options)
        self._tables = workplace is None  # Excel tables cannot be streamed
        self.workbook.set_properties({"title": title, "author": "PlanAlign Engine", "created": created})
        self._title = title
        numbers = {name: {"num_format": form, "valign": "top"} for name, form in _NUMBER_FORMATS.items()}
        looks = numbers | read_yaml(Path(__file__).with_name("looks.yml"))
        self._formats = {name: self.workbook.add_format(look) for name, look in looks.items()}

    def sheet(self, name: str) -> "Sheet":
        """Add a sheet after the others; the rows of the one before are complete from then on."""
        return Sheet(self.workbook.add_worksheet(name), self._formats, self._title, self._tables)

    def table(self, name: str, rows: Iterable[Sequence[Any]], columns: Headings = ()) -> Placed:
        """Add a sheet that holds a table and nothing else, with the columns that ``sheets.ini`` has for it."""
        frozen = int(_SHEETS.get(name, {}).get("frozen", 1))
        return self.sheet(name).table(columns or name, rows, frozen_columns=frozen)

    def name(self, name: str, cells: Cells) -> None:
        """Define a name for cells, which formulas anywhere in the workbook may use."""
        sheet, *corners = cells
        self.workbook.define_name(name, f"='{sheet}'!{xl_range_abs(*corners)}")

    def chart(self, sheet: "Sheet", number: int, title: str, form: str, series: Sequence[Drawn]) -> None:
        """Insert a native chart: columns that stack, and lines over them.

        Args:
            sheet: where it stands.
            number: of the charts before it; two stand side by side.
            title: over it.
            form: of the values.
            series: what it draws.
        """
        kinds = dict.fromkeys(one.kind for one in series)
        charts = {kind: self.workbook.add_chart({"type": kind, "subtype": _SUBTYPES[kind]}) for kind in kinds}
        for one, color in zip(series, itertools.cycle(_COLORS)):
            look = {"line": {"color": color, "width": 2.25}} if one.kind == "line" else {"fill": {"color": color}}
            place_of = {"categories": [*one.labels], "values": [*one.values]}
            charts[one.kind].add_series({"name": one.name, **place_of, **look})
        first, *others = charts.values()
        for other in others:
            first.combine(other)
        first.set_title({"name": title, "name_font": {"size": 12}})
        grid: dict[str, Any] = {"visible": True, "line": {"color": "#D9D9D9"}}
        first.set_y_axis({"num_format": _FORMS[form]["axis"], "major_gridlines": grid})
        legend: dict[str, Any] = {"position": "bottom"} if len(series) > 1 else {"none": True}
        first.set_legend(legend)
        sheet.insert(number, first)


class Sheet:
    """One sheet, filled from the top down."""

    def __init__(self, sheet: Any, formats: dict[str, Any], footer: str, as_tables: bool) -> None:
        self._sheet = sheet
        self._as_tables = as_tables
        self._tables = 0
        self._formats = formats
        self._row = 0
        self._widths: dict[int, int] = {}
        sheet.set_landscape()
        sheet.set_paper(_LETTER)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L{footer.replace('&', '&&')} — &A&RPage &P of &N")

    def line(self, text: str, look: Literal["", "title", "subtitle", "warning"] = "") -> None:
        """A line of text."""
        if text:
            self._sheet.write_string(self._row, 0, clean(text), self._formats[look])
        self._row += 1

    def insert(self, number: int, chart: Any) -> None:
        """Put a chart after so many others."""
        self._sheet.insert_chart(number // 2 * 17, number % 2 * 9, chart, {"x_scale": 1.15, "y_scale": 1.1})
        self._sheet.fit_to_pages(1, 0)

    def table(self, columns: Headings | str, rows: Iterable[Sequence[Any]], *, frozen_columns: int = -1) -> Placed:
        """A header and rows below what is there; an Excel table where its headings are text, as that needs.

        Args:
            columns: title and form of each, or the name of the table in ``sheets.ini`` that has them.
            rows: values in that order; None leaves a cell empty.
            frozen_columns: freeze the header and this many columns, and let people filter; -1 for a further table of a
                sheet, since a sheet can freeze one only.

        Returns:
            Where its rows stand.
        """
        header = self._row
        columns = headings_of(_SHEETS[columns]["columns"]) if isinstance(columns, str) else columns
        self._header(columns)
        notes = [index for index, heading in enumerate(columns) if heading.form == "note"]
        for row in rows:
            if lines := max((ceil(len(str(row[index] or "")) / _NOTE_WIDTH) for index in notes), default=0):
                self._sheet.set_row(self._row, _LINE_HEIGHT * lines)
            for index, (value, heading) in enumerate(zip(row, columns, strict=True)):
                self._write(index, value, heading.form)
            self._row += 1
        placed = Placed(self._sheet.get_name(), header + 1, self._row - 1)
        self._set_widths()
        self._make_table(columns, header)
        if frozen_columns >= 0:
            self._sheet.freeze_panes(header + 1, frozen_columns)
        if not self._tables:  # above several tables, no heading of one of them but the sheet's first line
            self._sheet.repeat_rows(header if frozen_columns >= 0 else 0)
        if frozen_columns > 0:
            self._sheet.repeat_columns(0, frozen_columns - 1)
        self._tables += 1
        self._row += 1
        return placed

    def exhibit(self, shown: Exhibit) -> Placed:
        """An exhibit of a page: its finding, and its table with the exact values behind its figures."""
        self.line(shown.title, "subtitle")
        self.line(shown.subtitle)
        of = shown.table
        rows = [
            [row.label, *(one.text if one.value is None else Cell(one.value, one.form) for one in row.cells)]
            for row in of.rows
        ]
        heads = [Heading(of.head, "any")]
        for i, title in enumerate(of.columns):
            is_long = any(len(row.cells[i].text) > _WIDEST for row in of.rows)
            heads.append(Heading(title, "note" if is_long else "any"))
        return self.table(heads, rows)

    def _make_table(self, columns: Headings, header: int) -> None:
        last, titles = self._row - 1, [heading.title for heading in columns]
        if self._as_tables and last > header and all(isinstance(title, str) for title in titles):
            heads = [{"header": clean(str(one.title)), "header_format": self._look_of(one)} for one in columns]
            name = "".join(word.capitalize() for word in re.findall(r"\w+", self._sheet.get_name()))
            number = self._tables + 1 if self._tables else ""
            options = {"columns": heads, "name": f"{name}{number}", "style": "Table Style Light 1"}
            self._sheet.add_table(header, 0, last, len(columns) - 1, options)
        elif not self._tables:
            self._sheet.autofilter(header, 0, max(last, header), len(columns) - 1)

    def _look_of(self, heading: Heading | Column) -> Any:
        return self._formats["header" if heading.form in _ON_THE_LEFT else "header_number"]

    def _header(self, columns: Headings) -> None:
        lines = 1
        for index, heading in enumerate(columns):
            title = str(heading.title)
            # Two lines, and room for the filter's arrow.
            width = max(max(map(len, title.split())), ceil(len(title) / 2)) + 3
            self._wants(index, _NOTE_WIDTH if heading.form == "note" else width)
            lines = max(lines, ceil((len(title) + 3) / self._widths[index]))
        self._sheet.set_row(self._row, _LINE_HEIGHT * lines + 2)
        for index, heading in enumerate(columns):
            look = self._look_of(heading)
            if isinstance(heading.title, int):
                self._sheet.write_number(self._row, index, heading.title, look)
            else:
                self._sheet.write_string(self._row, index, clean(heading.title), look)
        self._row += 1

    def _write(self, index: int, value: Any, form: CellForm) -> None:
        """Write a value into a column of the present row; nothing for None."""
        formula = ""
        if isinstance(value, Cell):
            value, form, formula = value.value, value.form, value.formula
        if value is None:
            return
        look = self._formats.get(form, self._formats[""])
        if formula:
            self._sheet.write_formula(self._row, index, formula, look, float(value))
        elif isinstance(value, int | float | Decimal):
            self._sheet.write(self._row, index, value, look)
        elif isinstance(value, dt.date) and value >= _FIRST_DATE:
            self._sheet.write_datetime(self._row, index, value, self._formats["date"])
        else:
            self._sheet.write_string(self._row, index, clean(as_text(value)), look)
        if form != "note" and self._row < _MEASURED_ROWS:
            self._wants(index, len(shown(value, form)) + 2)

    def _wants(self, index: int, width: int) -> None:
        widest = max(self._widths.get(index, _NARROWEST), min(width, _NOTE_WIDTH if width == _NOTE_WIDTH else _WIDEST))
        self._widths[index] = widest

    def _set_widths(self) -> None:
        for index, width in self._widths.items():
            self._sheet.set_column(index, index, width)
        self._sheet.fit_to_pages(ceil(sum(self._widths.values()) / _READABLE_WIDTH), 0)


def clean(text: str) -> str:
    """A text as a cell can hold it: U+FFFD for what XML cannot carry, an ellipsis for what is too long."""
    text = _NOT_IN_XML.sub("\ufffd", text)
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # the writer takes text in these marks for ready-made XML and would copy it into the file
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def as_text(value: Any) -> str:
    """A value that is neither a number nor a truth value as text; lists and mappings as JSON."""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def shown(value: Any, form: CellForm) -> str:
    """A value about as Excel shows it; decides how wide a column is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return as_text(value)
    return f"{value:,.2f}" if form in _NUMBER_FORMATS and form not in ("count", "year") else f"{value:,}"


_EARLIEST = dt.datetime(2000, 1, 1)
"""Stands for the time of writing, so that equal pages give equal bytes."""


def write_page_files(page: Page, folder: Path, name: str) -> list[Path]:
    """Write ``NAME.html`` and ``NAME.xlsx``, each whole or not at all; what stands there is replaced."""
    path = folder / f"{name}.xlsx"
    with written_book(path, page.title, _EARLIEST) as book:
        placed: list[tuple[Exhibit, Placed]] = []
        for section in page.sections:
            sheet = book.sheet(section.heading)
            sheet.line(section.lead)
            for warning in page.warnings:
                sheet.line(warning, "warning")
            placed += [(exhibit, sheet.exhibit(exhibit)) for exhibit in section.exhibits]
        _draw(book, placed)
    return [write_page(page, folder / f"{name}.html"), path]


def _draw(book: Book, placed: list[tuple[Exhibit, Placed]]) -> None:
    """Draw the tables by year whose figures have one form, a line a column."""
    by_year = [(exhibit, at) for exhibit, at in placed if _form_of(exhibit) and exhibit.table.head == "Year"]
    if not by_year:
        return
    sheet = book.sheet("Charts")
    for number, (exhibit, at) in enumerate(by_year):
        titles, years = exhibit.table.columns, sum(not row.is_total for row in exhibit.table.rows)
        labels, *values = (at.column(i, years) for i in range(len(titles) + 1))
        lines = [Drawn(title, labels, cells, "line") for title, cells in zip(titles, values, strict=True)]
        book.chart(sheet, number, exhibit.title, _form_of(exhibit), lines)


def _form_of(exhibit: Exhibit) -> str:
    """The form that all figures of an exhibit have; nothing where they have several or none."""
    forms = {cell.form for row in exhibit.table.rows for cell in row.cells}
    return "" if len(forms) > 1 else "".join(forms - {"any"})
