"""What a run shows: progress while it lasts, and at the end a table that a person can read."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from planalign_orchestrator.stages import STAGES

if TYPE_CHECKING:
    from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
    from planalign_orchestrator.config.levels import Limits
    from planalign_orchestrator.progress import Progress as PipelineProgress
    from planalign_orchestrator.publishing import SimulationResult


class RunDisplay(AbstractContextManager["RunDisplay"]):
    """Shows progress on the error stream: a live bar on a terminal, a line a year when piped, nothing when silent."""

    def __init__(self, first_year: int, last_year: int, limits: Limits, *, silent: bool, verbose: bool) -> None:
        self._console = Console(stderr=True, highlight=False, quiet=silent)
        self._verbose = verbose
        self._budget_gb = limits.memory_limit_gb
        self.memory: AdaptiveMemoryManager | None = None
        self._year_began = time.perf_counter()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f} stages"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[memory]}"),
            console=self._console,
            transient=True,
            disable=silent or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=(last_year - first_year + 1) * len(STAGES), memory="")
        self._console.print(limits.reason, markup=False)
        for message in limits.messages:
            self._console.print(message, markup=False)

    def __enter__(self) -> RunDisplay:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def on_progress(self, progress: PipelineProgress) -> None:
        """Take in what the pipeline tells."""
        if progress.kind == "note":
            self._console.print(progress.text, markup=False)
        elif progress.kind == "year":
            self._on_year(progress)
        elif progress.kind == "model" and progress.state == "started":
            self._describe(progress, progress.text)
            if self._verbose:
                self._console.print(f"  {progress.year} {progress.text}", markup=False)
        elif progress.kind == "stage":
            self._describe(progress, progress.stage.purpose if progress.stage else "")
            if progress.state == "finished":
                self._bar.advance(self._task)

    def _describe(self, progress: PipelineProgress, what: str) -> None:
        memory = f"{self.memory.current_mb:.0f} of {self._budget_gb * 1024:.0f} MiB" if self.memory else ""
        stage = progress.stage.name if progress.stage else ""
        self._bar.update(self._task, description=f"{progress.year} {stage} {what}", memory=memory)

    def _on_year(self, progress: PipelineProgress) -> None:
        if progress.state == "started":
            self._year_began = time.perf_counter()
        else:
            self._console.print(f"{progress.year} done in {time.perf_counter() - self._year_began:.1f} s", markup=False)


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


def show_summary(result: SimulationResult) -> None:
    """Print a row a year, where the results are, how long it took and how much memory it used."""
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
    peak = record.memory.get("peak_mb", 0)
    for advice in record.memory.get("advice", []):
        console.print(f"advice: {advice['text']} ({advice['evidence']})", markup=False, soft_wrap=True)
    console.print(
        f"{record.seconds:.1f} s, peak {peak:.0f} MiB of {record.limits['memory_limit_gb'] * 1024:.0f}; "
        f"results in {result.folder.root}",
        markup=False,
        soft_wrap=True,
    )


def _shown(value: Any, form: str) -> str:
    if value is None:
        return "-"
    if form == "millions":
        return f"{value / 1_000_000:,.2f}"
    if form == "percent":
        return f"{value * 100:.2f}%"
    return format(value, form)
