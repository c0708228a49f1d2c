"""What a run shows while it lasts: on a terminal a live line, in a pipe a line a year."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.run.record import Progress as PipelineProgress
from planalign_orchestrator.run.stages import STAGES, Stage
from planalign_orchestrator.visible import visible

_LONGEST_RUN = 7 * 86_400.0


class RunDisplay(Progress):
    """Shows progress on the error stream.

    Args:
        first_year: of the run.
        last_year: of the run.
        limits: of the run; their messages are shown first.
        verbose: also why these limits, the memory in use, and a line a model.
    """

    def __init__(self, first_year: int, last_year: int, limits: Limits, *, verbose: bool) -> None:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        super().__init__(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            BarColumn(bar_width=12),
            TextColumn("{task.completed}/{task.total} stages", table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            *([TextColumn("{task.fields[memory]}", table_column=Column(no_wrap=True))] if verbose else []),
            speed_estimate_period=_LONGEST_RUN,
            console=console,
            transient=True,
            expand=True,
            disable=not console.is_terminal,
        )
        self._verbose = verbose
        self._budget_mb = limits.memory_limit_gb * 1024
        self.memory: AdaptiveMemoryManager | None = None
        self._year_began = time.perf_counter()
        steps = (last_year - first_year + 1) * len(STAGES)
        self._task = self.add_task("starting", total=steps, memory="")
        for line in (*([limits.reason] if verbose else []), *limits.messages):
            self._print(line)

    def on_progress(self, progress: PipelineProgress) -> None:
        """Take in what the pipeline tells."""
        if progress.kind == "note":
            self._print(progress.text)
        elif progress.kind == "run":
            self.update(self._task, description=progress.text)
        elif progress.kind == "year" and progress.state == "started":
            self._year_began = time.perf_counter()
        elif progress.kind == "year":
            self._print(f"{progress.year} done in {time.perf_counter() - self._year_began:.1f} s")
        elif progress.stage is not None:
            self._on_stage(progress, progress.stage)

    def _on_stage(self, progress: PipelineProgress, stage: Stage) -> None:
        year, what = progress.year, progress.text or stage.purpose
        if self._verbose and progress.kind == "model" and progress.state == "started":
            self._print(f"  {year} {what}")
        memory = f"{self.memory.current_mb:.0f} of {self._budget_mb:.0f} MiB" if self.memory else ""
        self.update(self._task, completed=progress.done, description=f"{year} {stage.name} {what}", memory=memory)

    def _print(self, line: str) -> None:
        self.console.print(visible(line), markup=False)
