"""Tables of figures in a terminal: at any width every figure is whole, and no line is longer than the terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from planalign_orchestrator.cli import compare_display, run_summary
from planalign_orchestrator.cli.figure_table import FigureTable, show_table
from planalign_orchestrator.run.folder import RunFolder
from tests.reports.test_comparison_page import comparison_of, groups, side, year

WIDTHS = (60, 80, 100, 140)
NAMES = ("todays_match", "auto_enrollment_6_with_escalation", "hiring_freeze", *(f"plan_{i}" for i in range(4)))


def _tables() -> dict[str, FigureTable]:
    sides = [side(name, *(year(f"{i}1234567890.00", "98765432.10", "0.00", "0.5") for i in range(1, 6)))
             for name in NAMES]  # fmt: skip
    comparison = comparison_of(sides, [groups("123456789.00", "-7.00", in_one_run=2) for _ in NAMES[1:]])
    row = dict.fromkeys((*run_summary.COLUMNS, "experienced_exits", "new_hire_exits"), 1_234_567)
    result = SimpleNamespace(
        folder=RunFolder(Path("runs/baseline")), years=range(2025, 2040),
        summary=[{**row, "simulation_year": year} for year in range(2025, 2040)],
    )  # fmt: skip
    exhibits = compare_display.exhibits(comparison)
    return {
        "summary": run_summary._table(result),  # type: ignore[arg-type]
        "totals": compare_display._totals(comparison),
        **{exhibit.key: FigureTable.of("", exhibit.table) for exhibit in exhibits},
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("title", _tables())
def test_no_figure_is_cut(title: str, width: int) -> None:
    table = _tables()[title]
    out = io.StringIO()
    show_table(table, Console(file=out, width=width, highlight=False))
    shown = out.getvalue()
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width
    figures = [figure.strip() for figure in re.split("[│\n]", shown)]
    for _, *cells in table.grid[1:]:
        for cell in cells if not table.are_words else ():
            assert cell in figures, cell


def test_a_table_stays_as_it_is_where_it_fits_and_is_turned_or_split_where_not() -> None:
    wide = FigureTable("t", [["Year", *(f"Column {i}" for i in range(9))], ["2025", *["1,234,567"] * 9]])
    assert len(wide.split(140)) == 1 and len(wide.split(60)) == 3 and len(wide.turned.split(60)) == 1
    assert wide.turned.grid[9] == ("Column 8", "1,234,567")


@pytest.mark.parametrize(
    ("payroll", "heading", "match"), [(301_234, "Match $K", "5.0"), (30_123_400, "Match $M", "0.01")]
)
def test_a_small_employer_reads_thousands(payroll: int, heading: str, match: str) -> None:
    row = {**dict.fromkeys((*run_summary.COLUMNS, "experienced_exits", "new_hire_exits"), 1), "simulation_year": 2025}
    summary = [{**row, "payroll": payroll, "employer_match": 5_012}]
    result = SimpleNamespace(folder=RunFolder(Path("runs/baseline")), years=[2025], summary=summary)
    table = run_summary._table(result)  # type: ignore[arg-type]
    assert dict(zip(*table.grid, strict=True))[heading] == match
