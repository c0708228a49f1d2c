"""What ``planalign memory`` shows: a live view of a process, and the memory record of a run."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import psutil
from rich.console import Console
from rich.live import Live
from rich.text import Text

from planalign_orchestrator.cli.texts import text_of
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.memory.pressure import Pressure, pressure_of
from planalign_orchestrator.memory.readings import MIB, ProcessTreeProbe, Snapshot

COLOURS = {
    Pressure.NORMAL: "green",
    Pressure.MODERATE: "yellow",
    Pressure.HIGH: "dark_orange",
    Pressure.CRITICAL: "red",
}
HEAVIEST = 5


class View:
    """The state of a live view.

    Args:
        title: what is watched.
        find_budget: tells its memory budget in MiB; None while that is unknown.
    """

    def __init__(self, title: str, find_budget: Callable[[], float | None]) -> None:
        self.peak_mb = 0.0
        self._title = title
        self._find_budget = find_budget
        self._budget_mb: float | None = None

    def take(self, snapshot: Snapshot) -> Text:
        """Take in a reading; returns what to show."""
        self._budget_mb = self._budget_mb or self._find_budget()
        now_mb, peak_mb, available = (
            value / MIB for value in (snapshot.tree_bytes, snapshot.peak_bytes, snapshot.available_bytes)
        )
        self.peak_mb = max(self.peak_mb, peak_mb)
        possible = min(self._budget_mb or float("inf"), now_mb + available)
        level = pressure_of(peak_mb / possible)
        of_budget = f" of {self._budget_mb:.0f}" if self._budget_mb else ""
        return Text.assemble(
            (f"{self._title}  ", "bold"),
            f"{now_mb:6.0f}{of_budget} MiB  peak {self.peak_mb:.0f}  free {available:.0f}  ",
            (level.name.lower(), COLOURS[level]),
            f"  {snapshot.processes} process{'es' if snapshot.processes > 1 else ''}",
        )


def watch(
    pid: int, title: str, find_budget: Callable[[], float | None], *, interval: float, seconds: float | None
) -> None:
    """Show the memory of a process until it ends: one live line on a terminal, a line a reading when piped."""
    console = Console(highlight=False)
    try:
        probe = ProcessTreeProbe(pid)
    except (psutil.NoSuchProcess, psutil.AccessDenied) as error:
        raise ConfigurationError(
            f"process {pid} cannot be watched: {error.msg}", remedy="Look for its number with `planalign status`."
        ) from error
    view = View(title, find_budget)
    began = time.monotonic()
    live = Live(console=console, auto_refresh=False) if console.is_terminal else None
    try:
        with live or nullcontext():
            for snapshot in _snapshots(probe, interval, seconds):
                line = view.take(snapshot)
                if live:
                    live.update(line, refresh=True)
                else:
                    console.print(line, soft_wrap=True)
    except KeyboardInterrupt:  # how one leaves a live view
        pass
    console.print(f"peak {view.peak_mb:.0f} MiB in {time.monotonic() - began:.0f} s", soft_wrap=True)


def _snapshots(probe: ProcessTreeProbe, interval: float, seconds: float | None) -> Iterator[Snapshot]:
    began = time.monotonic()
    while True:
        try:
            if probe.process.status() == psutil.STATUS_ZOMBIE:
                return
            yield probe.full()
        except psutil.NoSuchProcess:
            return
        if seconds is not None and time.monotonic() - began >= seconds:
            return
        time.sleep(interval)


def report_text(name: str, memory: Mapping[str, Any]) -> str:
    """The memory record of a run: peaks by stage and year, what was done about pressure, advice."""
    stages: dict[str, dict[int, float]] = {}
    models: dict[str, float] = {}
    for stage in memory["stages"]:
        of_stage = stages.setdefault(stage["stage"], {})
        of_stage[stage["year"]] = max(stage["peak_mb"], of_stage.get(stage["year"], 0.0))
        for model, mb in stage["models"].items():
            models[model] = max(mb, models.get(model, 0.0))
    years = sorted({stage["year"] for stage in memory["stages"]})
    heaviest = sorted(models.items(), key=lambda item: -item[1])[:HEAVIEST]
    return text_of("memory", name=name, memory=memory, years=years, stages=stages, heaviest=heaviest)
