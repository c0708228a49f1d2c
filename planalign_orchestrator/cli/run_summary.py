"""What a finished run shows: a table that a person can read, where the results are, what it took."""

from collections.abc import Mapping, Sequence
from typing import Any

from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.cli.figure_table import FigureTable, show_table
from planalign_orchestrator.cli.streams import say, text_of
from planalign_orchestrator.reports.wording import period_of, rounded, title
from planalign_orchestrator.run.pipeline import SimulationResult
from planalign_orchestrator.tables import table

COLUMNS = {name: (row["heading"], row["form"]) for name, row in table(__package__, "run_summary").items()}
"""The columns of the summary: heading and format."""

SMALL = 10_000_000
"""Dollars of payroll a year below which money is shown in thousands."""


def show_summary(result: SimulationResult, formats: Sequence[str], *, verbose: bool = False) -> None:
    """Print a row a year, where the results are, which page to read and how long it took.

    Args:
        result: of the run.
        formats: the reports that were written.
        verbose: also how much memory it used, and advice about it.
    """
    show_table(_table(result))
    record, page = result.record, result.folder.reports / "report.html" if "html" in formats else None
    quality = headline(record.data_quality)
    say(text_of("run_summary", record=record, root=result.folder.root, page=page, quality=quality, verbose=verbose))


def _table(result: SimulationResult) -> FigureTable:
    is_small = max(row["payroll"] for row in result.summary) < SMALL
    rows = [[str(row["simulation_year"]), *_cells(row, is_small=is_small)] for row in result.summary]
    heads = [heading.replace("$M", "$K") if is_small else heading for heading, _ in COLUMNS.values()]
    return FigureTable(f"{title(result.folder.root.name)}: {period_of(result.years)}", [["Year", *heads], *rows])


def _cells(row: Mapping[str, Any], *, is_small: bool = False) -> list[str]:
    row = {**row, "exits": row["experienced_exits"] + row["new_hire_exits"]}
    return [shown(row[name], form, is_small) for name, (_, form) in COLUMNS.items()]


def shown(value: Any, form: str, is_small: bool) -> str:
    """A figure in a form of ``run_summary.ini``; millions are thousands where money is small."""
    if value is None:
        return "-"
    sign, is_money, _ = form.partition("millions")
    if is_money:
        unit, digits = (1_000, 1) if is_small else (1_000_000, 2)
        return format(rounded(value * 10**digits / unit) / 10**digits, f"{sign},.{digits}f")
    return format(value, form)
