"""``results.xlsx``: a run for people who work in a spreadsheet. Every figure comes from the database."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from math import ceil
from pathlib import Path
from typing import Any

from planalign_orchestrator.reports import definitions, spreadsheet as excel
from planalign_orchestrator.reports.definitions import Column, column
from planalign_orchestrator.reports.results import RunResults, band_order
from planalign_orchestrator.reports.sections.run_facts import facts_of
from planalign_orchestrator.reports.show import rate
from planalign_orchestrator.reports.testing import failures, tests_of
from planalign_orchestrator.reports.wording import title, words
from planalign_orchestrator.tables import rendered, table as texts_of

_WORKFORCE = excel.measures_of("Workforce by year")
_ON_BOTH_SHEETS = ("simulation_year", "payroll")
_HEADLINES = excel.measures_of("Summary")
"""The measures of the first sheet."""
_LARGE = 10**8
"""From this payroll on the first sheet shows money in thousands."""
_SHARE_OF_PAY = "=ROUND(SUM(NetEmployerCost)/SUM(Payroll),6)"
_EVENTS = ("hires", "experienced_exits", "new_hire_exits")
_CHARTS = texts_of(__package__, "workbook_charts")
_SAME_FOR_ALL = ("cell", "scenario_id", "plan_design_id", "person_key")
_SHEET_NAMES = {"fct_workforce_snapshot": "People {year}", "fct_yearly_events": "Events {year}"}


def write_workbook(results: RunResults, path: Path, *, people: bool = False, rows_per_sheet: int = excel.ROWS) -> Path:
    """Write ``results.xlsx``, whole or not at all.

    Args:
        results: an open run.
        path: the file; what stands there is replaced.
        people: add every person of every year and every event, streamed; such a file holds everybody's pay.
        rows_per_sheet: where such sheets are split, header included; not above Excel's limit.
    """
    title = f"PlanAlign {results.title} {results.period}"
    made = dt.datetime.fromisoformat(str(results.record["started"])).replace(tzinfo=None)
    with excel.written_book(path, title, made, streamed=people) as book:
        _fill(book, results)
        for table, year in product(_SHEET_NAMES if people else (), results.years):
            _person_sheets(book, results, table, year, rows_per_sheet)
    return path


def _fill(book: excel.Book, results: RunResults) -> None:
    _summary_sheet(book.sheet("Summary"), results)
    charts = book.sheet("Charts")
    of_the_workforce = [column("fct_yearly_summary", name) for name in _WORKFORCE]
    of_the_plan = [one for one in _columns("fct_yearly_summary")
                   if one.name in _ON_BOTH_SHEETS or one.name not in _WORKFORCE]  # fmt: skip
    cells: dict[str, excel.Cells] = {}
    for sheet, columns in (("Workforce by year", of_the_workforce), ("Plan by year", of_the_plan)):
        placed = book.table(sheet, _values(columns, results.summary), columns)
        cells |= {one.name: placed.column(i) for i, one in enumerate(columns)}
    for name in ("simulation_year", *_HEADLINES):
        book.name(_called(name), cells[name])
    _draw(book, charts, cells)
    groups, growth = _columns("fct_plan_by_group"), _columns("fct_compensation_growth")
    book.table("Plan by group", _values(groups, map(definitions.named_group, results.groups())), groups)
    by_type = rendered(__package__, "events_by_type.sql")
    events = (row.values() for year in results.years for row in results.query(by_type, [year]))
    book.table("Events by type", ([year, words(kind), words(of), *rest] for year, kind, of, *rest in events))
    book.table("Compensation growth", _values(growth, results.rows("fct_compensation_growth")), growth)
    _testing_sheet(book.sheet("Testing"), results)
    by_year = {year: results.settings_of(year) for year in results.years}
    book.table("Settings", (_setting_row(used, by_year) for used in results.settings))
    quality = ([entry[name] for name in ("column", "kind", "text", "people", "row")] for entry in results.data_quality)
    book.table("Data quality", quality)
    _assumptions_sheet(book.sheet("Assumption tables"), results)
    _run_sheet(book.sheet("Run"), results)
    book.table("Definitions", _definitions())


def _draw(book: excel.Book, sheet: excel.Sheet, cells: Mapping[str, excel.Cells]) -> None:
    for i, (heading, chart) in enumerate(_CHARTS.items()):
        series = [
            excel.Drawn(column("fct_yearly_summary", name).title, cells["simulation_year"], cells[name], kind)
            for kind in excel.KINDS
            for name in chart.get(kind, "").split()
        ]
        book.chart(sheet, i, heading, chart["form"], series)


def _summary_sheet(sheet: excel.Sheet, results: RunResults) -> None:
    sheet.line(f"{results.title}: {results.period}", "title")
    sheet.line(f"Plan design {title(results.plan_design)}, seed {results.seed}, {_census_line(results.record)}")
    warnings = results.warnings
    sheet.line("No warnings" if not warnings else "Warnings are below the table", "warning" if warnings else "")
    sheet.line("")
    years = [excel.Heading(year, "number") for year in results.years]
    money: excel.CellForm = "thousands" if any(row["payroll"] >= _LARGE for row in results.summary) else "money"
    totals = _totals(results) if len(years) > 1 else {}
    over_years = [excel.Heading(results.period, "number")] if totals else []
    sheet.table(
        [*excel.headings_of("Measure: text, Unit: text"), *years, *over_years],
        (_headline(results, name, totals, money) for name in _HEADLINES),
        frozen_columns=2,
    )
    for warning in warnings:
        sheet.line(f"Warning: {warning}", "warning")
    sheet.line("Each measure is explained on the sheet Definitions; how the run was made on Settings and Run.")


def _headline(results: RunResults, name: str, totals: Mapping[str, Any], money: excel.CellForm) -> list[Any]:
    """A measure with its unit, its years, and their total, which follows the cells of the years."""
    measure = column("fct_yearly_summary", name)
    form = money if measure.form == "money" else measure.form
    unit = "thousands of dollars" if form == "thousands" else measure.counted_in
    values = [excel.Cell(row[name], form) for row in results.summary]
    live = _SHARE_OF_PAY if name == "cost_share_of_payroll" else f"=SUM({_called(name)})"
    total = [excel.Cell(totals.get(name), form, live if name in totals else "")] if totals else []
    return [measure.title, unit, *values, *total]


def _called(name: str) -> str:
    """What formulas call the cells of a measure: ``NetEmployerCost``."""
    return name.title().replace("_", "")


def _totals(results: RunResults) -> dict[str, Any]:
    sums: dict[str, Any] = {
        name: sum(row[name] for row in results.summary)
        for name in _HEADLINES
        if name in _EVENTS or column("fct_yearly_summary", name).form == "money"
    }
    return {**sums, "cost_share_of_payroll": rate(sums["net_employer_cost"], sums["payroll"])}


def _census_line(record: Mapping[str, Any]) -> str:
    census = record.get("census", {})
    kept = int(census.get("rows_kept", 0))
    return f"census {census.get('source', 'unknown')} with {kept:,} people at {census.get('as_of', 'the start')}"


def _columns(table: str) -> list[Column]:
    return [found for name, found in definitions.public_tables()[table].columns.items() if name not in _SAME_FOR_ALL]


def _values(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    return ([row[column.name] for column in columns] for row in rows)


def _testing_sheet(sheet: excel.Sheet, results: RunResults) -> None:
    """The nondiscrimination tests, with the failures of the run first."""
    for failure in failures(results):
        sheet.line(f"Projected: {failure}", "warning")
    columns = _columns("fct_ndt_test")
    sheet.table(columns, _values(columns, (test.row for test in tests_of(results))), frozen_columns=2)


def _setting_row(used: Mapping[str, Any], by_year: Mapping[int, Mapping[str, Any]]) -> list[Any]:
    key, value = used["key"], used["value"]
    other = "; ".join(f"{year}: {then[key]}" for year, then in by_year.items() if then[key] != value)
    changed = not used["is_default"]
    return [key, value, used["unit"], used["default"], changed, used["source"], other or None, used["meaning"]]


def _assumptions_sheet(sheet: excel.Sheet, results: RunResults) -> None:
    sheet.line("Assumption tables", "title")
    for table, meaning in definitions.assumption_tables().items():
        if table not in results.relations:
            continue
        sheet.line(title(table), "subtitle")
        sheet.line(meaning)
        columns = [excel.Heading(title(name), _form_of(name, kind)) for name, kind in results.columns(table).items()]
        rows = [list(row.values()) for row in results.rows(table)]
        sheet.table(columns, sorted(rows, key=lambda row: band_order(str(row[0]))))


def _form_of(name: str, kind: str) -> Any:
    if name == "limit_year":
        return "year"
    return {"DECIMAL(18,2)": "money", "VARCHAR": "text"}.get(kind, "number")


def _run_sheet(sheet: excel.Sheet, results: RunResults) -> None:
    sheet.table("Run", facts_of(results.record), frozen_columns=1)
    sheet.line("Consistency rules, checked after every year", "subtitle")
    laws = ([law, words(name), *rest] for law, name, *rest in results.laws())
    sheet.table("Rules", laws)
    sheet.line("Stages", "subtitle")
    stages = ("year", "stage", "seconds", "cpu_seconds", "rows", "peak_memory_mb", "batch_size")
    sheet.table("Stages", ([entry[name] for name in stages] for entry in results.record.get("stages", [])))


def _definitions() -> Iterator[list[Any]]:
    """What each public table holds, and each of its columns."""
    for table, described in definitions.public_tables().items():
        for found in (Column("", "(a row)", "text", described.meaning, "", " "), *described.columns.values()):
            yield [table, found.name, found.title, found.counted_in, found.meaning, found.rule]


def _person_sheets(book: excel.Book, results: RunResults, table: str, year: int, rows_per_sheet: int) -> None:
    """The rows of a year on one sheet, or on several when they do not fit."""
    columns = _columns(table)
    names, order = ", ".join(column.name for column in columns), texts_of(__package__, "exports")["order"][table]
    of_the_year = f"from {table} where simulation_year = {year}"
    [counted] = results.query(f"select count(*) as number {of_the_year}")
    rows = results.stream(f"select {names} {of_the_year} order by {order}")
    for number in range(max(ceil(counted["number"] / (rows_per_sheet - 1)), 1)):
        name = _SHEET_NAMES[table].format(year=year) + (f" ({number + 1})" if number else "")
        book.table(name, islice(rows, rows_per_sheet - 1), columns)
