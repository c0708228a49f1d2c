"""``comparison.xlsx``: runs side by side, by year, who gains and who loses, and the settings that differ."""

import datetime as dt
from itertools import product
from pathlib import Path
from typing import Any

from planalign_orchestrator.reports import spreadsheet as excel
from planalign_orchestrator.reports.comparison import MONEY, Comparison
from planalign_orchestrator.reports.definitions import column
from planalign_orchestrator.reports.sections.compared_costs import answers
from planalign_orchestrator.reports.sections.compared_people import gains

FILE_NAME = "comparison.xlsx"

LAST_YEAR = excel.measures_of("Side by side")
"""Columns of ``fct_yearly_summary`` that do not add up over years; the last year's are shown."""

BY_YEAR = excel.measures_of("By year")
"""Columns of ``fct_yearly_summary`` shown for every run and year."""

_DRAWN = ("net_employer_cost", "cost_share_of_payroll", "participation_rate", "mean_deferral_rate")
_EARLIEST = dt.datetime(2000, 1, 1)
"""Stands for the time of writing, so that equal runs give equal bytes."""


def write_comparison_workbook(comparison: Comparison, path: Path) -> Path:
    """Write the workbook, whole or not at all; what stands at ``path`` is replaced."""
    with excel.written_book(path, f"Comparison {comparison.period}", _EARLIEST) as book:
        _side_by_side(book.sheet("Side by side"), comparison)
        measures = [column("fct_yearly_summary", name) for name in BY_YEAR]
        rows = (
            [side.title, year, *(side.summary[year][name] for name in BY_YEAR)]
            for side, year in product(comparison.sides, comparison.years)
        )
        by_year = book.table("By year", rows, [*excel.headings_of("Run: text, Year: year"), *measures])
        _draw(book, book.sheet("Charts"), comparison, by_year)
        book.exhibits("Who gains and loses", gains(comparison).exhibits)
        book.exhibits("How people answer", [*answers(comparison)])
        of_runs = [excel.Heading(side.title, "any") for side in comparison.sides]
        different = ([found.key, *found.values] for found in comparison.settings)
        book.table("Settings that differ", different, [excel.Heading("Setting", "text"), *of_runs])
    return path


def _side_by_side(sheet: excel.Sheet, comparison: Comparison) -> None:
    sheet.line(f"{comparison.base.title} and others: {comparison.period}", "title")
    for warning in comparison.warnings:
        sheet.line(f"Warning: {warning}", "warning")
    if not comparison.warnings:
        sheet.line("Same people, seed and workforce in all runs: every difference is the plan's")
    sheet.line(comparison.verdict)
    sides = [excel.Heading(side.title, "number") for side in comparison.sides]
    changes = [excel.Heading(f"{side.title} less {comparison.base.title}", "number") for side in comparison.others]
    sheet.table(
        [*excel.headings_of("Measure: text, Period: text"), *sides, *changes],
        [
            *(_measure(comparison, name, comparison.period) for name in (*MONEY, "cost_share_of_payroll")),
            *(_measure(comparison, name, str(comparison.years[-1])) for name in LAST_YEAR),
        ],
        frozen_columns=2,
    )


def _measure(comparison: Comparison, name: str, period: str) -> list[Any]:
    measure = column("fct_yearly_summary", name)
    values = [comparison.value(side, name) for side in comparison.sides]
    changes = [None if value is None or values[0] is None else value - values[0] for value in values[1:]]
    return [measure.title, period, *(excel.Cell(value, measure.form) for value in [*values, *changes])]


def _draw(book: excel.Book, sheet: excel.Sheet, comparison: Comparison, by_year: excel.Placed) -> None:
    years = len(comparison.years)
    for i, name in enumerate(_DRAWN):
        measure, index = column("fct_yearly_summary", name), BY_YEAR.index(name) + 2
        series = [
            excel.Drawn(side.title, by_year.part(1, years * at, years), by_year.part(index, years * at, years), "line")
            for at, side in enumerate(comparison.sides)
        ]
        book.chart(sheet, i, measure.title, measure.form, series)
