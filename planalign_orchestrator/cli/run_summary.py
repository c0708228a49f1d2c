"""What a finished run shows: a table that a person can read, where the results are, what it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from planalign_orchestrator.census.quality import headline

if TYPE_CHECKING:
    from planalign_orchestrator.run.publishing import SimulationResult

WIDTH_WHEN_PIPED = 120

COLUMNS = {
    "simulation_year": ("year", "d"),
    "closing_headcount": ("headcount", ",d"),
    "hires": ("hires", ",d"),
    "exits": ("exits", ",d"),
    "payroll": ("payroll $M", "millions"),
    "participation_rate": ("taking part", "percent"),
    "mean_deferral_rate": ("mean deferral", "percent"),
    "employer_match": ("match $M", "millions"),
    "employer_core": ("core $M", "millions"),
    "cost_share_of_payroll": ("net cost/pay", "percent"),
}
"""The columns of the summary: heading and format."""


def show_summary(result: SimulationResult, formats: Sequence[str]) -> None:
    """Print a row a year, where the results are and which page to read, how long it took and how much memory it used.

    Args:
        result: of the run.
        formats: the reports that were written.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_WHEN_PIPED)
    table = Table(title=f"{result.folder.root.name}: {result.years[0]}-{result.years[-1]}", title_justify="left")
    for heading, _ in COLUMNS.values():
        table.add_column(heading, justify="right")
    for row in result.summary:
        row = {**row, "exits": row["experienced_exits"] + row["new_hire_exits"]}
        table.add_row(*(_shown(row[name], form) for name, (_, form) in COLUMNS.items()))
    console.print(table)
    record = result.record
    console.print(f"census: {headline(record.data_quality)}", markup=False, soft_wrap=True)
    peak = record.memory.get("peak_mb", 0)
    for advice in record.memory.get("advice", []):
        console.print(f"advice: {advice['text']} ({advice['evidence']})", markup=False, soft_wrap=True)
    console.print(
        f"{record.seconds:.1f} s, peak {peak:.0f} MiB of {record.limits['memory_limit_gb'] * 1024:.0f}; "
        f"results in {result.folder.root}",
        markup=False,
        soft_wrap=True,
    )
    if "html" in formats:
        console.print(f"read {result.folder.reports / 'report.html'}", markup=False, soft_wrap=True)


def _shown(value: Any, form: str) -> str:
    if value is None:
        return "-"
    if form == "millions":
        return f"{value / 1_000_000:,.2f}"
    if form == "percent":
        return f"{value * 100:.2f}%"
    return format(value, form)
