"""A page in two files: HTML to read, and a workbook with a sheet a section, the exact values and charts by year."""

import datetime as dt
from pathlib import Path

from planalign_orchestrator.reports.page import Exhibit, Page, write_page
from planalign_orchestrator.reports.spreadsheet import Book, Drawn, Placed, written_book

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
        labels, *values = (at.part(i, 0, years) for i in range(len(titles) + 1))
        lines = [Drawn(title, labels, cells, "line") for title, cells in zip(titles, values, strict=True)]
        book.chart(sheet, number, exhibit.title, _form_of(exhibit), lines)


def _form_of(exhibit: Exhibit) -> str:
    """The form that all figures of an exhibit have; nothing where they have several or none."""
    forms = {cell.form for row in exhibit.table.rows for cell in row.cells}
    return "" if len(forms) > 1 else "".join(forms - {"any"})
