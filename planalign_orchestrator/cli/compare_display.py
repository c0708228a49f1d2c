"""A comparison in the terminal: a row a run and who gains; with detail every table of its page."""

from pathlib import Path

from planalign_orchestrator.cli.figure_table import FigureTable, show_exhibit, show_table, show_warnings
from planalign_orchestrator.cli.run_summary import SMALL, shown
from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.reports import comparison_page, wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.page import Exhibit
from planalign_orchestrator.reports.sections.compared_costs import answers
from planalign_orchestrator.reports.sections.compared_people import gains
from planalign_orchestrator.reports.spreadsheet import write_page_files
from planalign_orchestrator.reports.testing import name_of
from planalign_orchestrator.storage.durable import make_private_folder
from planalign_orchestrator.tables import table

_COLUMNS = table(__package__, "compare_summary")


def show_comparison(comparison: Comparison, *, detail: bool) -> None:
    """Print a comparison; the warnings come first, because they say what the figures mean.

    Args:
        comparison: of the runs.
        detail: also the tables of its page; else what they find.
    """
    show_warnings(comparison.warnings)
    show_table(_totals(comparison))
    for exhibit in exhibits(comparison) if detail else ():
        show_exhibit(exhibit)
    findings = [] if detail else [*list(answers(comparison))[:1], *gains(comparison).exhibits]
    number = len(comparison.settings)
    differ = f"{wording.counted(number, 'setting') if number else 'no setting'} differ{'s' if number < 2 else ''}"
    more = "" if detail else "; --detail shows years, groups and settings"
    for line in filter(None, [*(finding.title for finding in findings), comparison.verdict, f"{differ}{more}"]):
        say(line)


def exhibits(comparison: Comparison) -> list[Exhibit]:
    """What the page of a comparison shows, without its tests and folders."""
    sections = comparison_page.comparison_page(comparison).sections
    return [exhibit for section in sections if section.key not in ("testing", "runs") for exhibit in section.exhibits]


def _totals(comparison: Comparison) -> FigureTable:
    small = max(row["payroll"] for side in comparison.sides for row in side.summary.values()) < SMALL
    heads = [row["heading"].format(last=comparison.years[-1]) for row in _COLUMNS.values()]
    heads += [", ".join(map(name_of, comparison.passes))] if comparison.passes else []
    rows = [[side.title, *_figures(comparison, side, is_small=small)] for side in comparison.sides]
    unit = "$K" if small else "$M"
    return FigureTable(f"{comparison.period}: plans side by side, money in {unit}", [["Run", *heads], *rows])


def _figures(comparison: Comparison, side: Side, *, is_small: bool) -> list[str]:
    last_digit = 100 if is_small else 10_000
    change = shown(comparison.shown_change(side, last_digit) * last_digit, "+millions", is_small)
    told = {name: shown(comparison.value(side, name), row["form"], is_small)
            for name, row in _COLUMNS.items() if name != "change"}  # fmt: skip
    told["change"] = "(base)" if side is comparison.base else change
    tests = ["; ".join(comparison.failing(side)) or "pass"] if comparison.passes else []
    return [*(told[name] for name in _COLUMNS), *tests]


def write_files(comparison: Comparison, folder: Path) -> None:
    """Write the page and the workbook of a comparison, and say where they are."""
    make_private_folder(folder)
    for path in write_page_files(comparison_page.comparison_page(comparison), folder, "comparison"):
        say(f"wrote {path}", err=True)
