"""What ``planalign memory`` shows: a live view of a process, and the memory record of a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import psutil
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.memory.pressure import Pressure, PressureGauge
from planalign_orchestrator.memory.readings import MIB, ProcessTreeProbe, Snapshot

BARS = "▁▂▃▄▅▆▇█"
HISTORY = 60
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
        self._gauge = PressureGauge()
        self._history: deque[float] = deque(maxlen=HISTORY)

    def take(self, now: float, snapshot: Snapshot) -> Text:
        """Take in a reading; returns what to show."""
        self._budget_mb = self._budget_mb or self._find_budget()
        now_mb, peak_mb, available = (
            value / MIB for value in (snapshot.tree_bytes, snapshot.peak_bytes, snapshot.available_bytes)
        )
        self._history.append(now_mb)
        self.peak_mb = max(self.peak_mb, peak_mb)
        possible = min(self._budget_mb or float("inf"), now_mb + available)
        level = self._gauge.update(now, peak_mb / possible)
        of_budget = f" of {self._budget_mb:.0f}" if self._budget_mb else ""
        return Text.assemble(
            (f"{self._title}  ", "bold"),
            f"{now_mb:6.0f}{of_budget} MiB  peak {self.peak_mb:.0f}  free {available:.0f}  ",
            (level.name.lower(), COLOURS[level]),
            f"  {snapshot.processes} process{'es' if snapshot.processes > 1 else ''}  ",
            (self._curve(), "cyan"),
        )

    def _curve(self) -> str:
        top = self._budget_mb or max(self._history) or 1.0
        return "".join(BARS[min(len(BARS) - 1, int(mb / top * len(BARS)))] for mb in self._history)


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
                line = view.take(time.monotonic() - began, snapshot)
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


def show_report(name: str, memory: Mapping[str, Any]) -> None:
    """Print the memory record of a run: peaks by stage and year, what was done about pressure, advice."""
    console = Console(highlight=False)
    console.print(_headline(name, memory), markup=False, soft_wrap=True)
    console.print(_peaks(memory["stages"]))
    for line in (*_heaviest_models(memory["stages"]), *_measures(memory)):
        console.print(line, markup=False, soft_wrap=True)
    for advice in memory["advice"]:
        value = "" if advice["value"] is None else f": {advice['value']}"
        console.print(f"\n{advice['text']}", style="bold", markup=False, soft_wrap=True)
        console.print(f"  seen: {advice['evidence']}", markup=False, soft_wrap=True)
        console.print(f"  setting: {advice['setting']}{value}", markup=False, soft_wrap=True)
    if not memory["advice"]:
        console.print("\nNothing to change.")


def _headline(name: str, memory: Mapping[str, Any]) -> str:
    peak = memory["peak"]
    where = " ".join(str(part) for part in (peak["year"], peak["stage"], peak["model"]) if part is not None)
    return (
        f"{name}: peak {peak['mb']:.0f} MiB of {memory['budget_mb']:.0f} after {peak['seconds']:.0f} of "
        f"{memory['seconds']:.0f} s" + (f" ({where})" if where else "")
    )


def _peaks(stages: list[Mapping[str, Any]]) -> Table:
    """A row a stage and a column a year."""
    years = sorted({stage["year"] for stage in stages})
    table = Table(title="peak MiB", title_justify="left")
    table.add_column("stage")
    for year in years:
        table.add_column(str(year), justify="right")
    peaks: dict[str, dict[int, float]] = {}
    for stage in stages:
        of_stage = peaks.setdefault(stage["stage"], {})
        of_stage[stage["year"]] = max(stage["peak_mb"], of_stage.get(stage["year"], 0.0))
    for name, by_year in peaks.items():
        table.add_row(name, *(f"{by_year[year]:.0f}" if year in by_year else "" for year in years))
    return table


def _heaviest_models(stages: list[Mapping[str, Any]]) -> Iterator[str]:
    peaks: dict[str, float] = {}
    for stage in stages:
        for model, mb in stage["models"].items():
            peaks[model] = max(mb, peaks.get(model, 0.0))
    heaviest = sorted(peaks.items(), key=lambda item: -item[1])[:HEAVIEST]
    if heaviest:
        yield "heaviest models: " + ", ".join(f"{model} {mb:.0f}" for model, mb in heaviest)


def _measures(memory: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"division: Python {memory['python_mb']:.0f}, DuckDB {memory['duckdb_mb']:.0f}, "
        f"reserve {memory['reserve_mb']:.0f} MiB"
    )
    yield f"least free memory of the machine: {memory['lowest_available_mb']:.0f} MiB"
    for change in memory["batch_changes"]:
        yield f"{change['seconds']:.0f} s: batches of {change['to']} thousand ({change['why']})"
    if memory["collections"]:
        yield f"garbage collections: {memory['collections']}, freed {memory['collected_mb']:.0f} MiB"
    if memory["spilled_mb"]:
        yield f"spilled to disk: up to {memory['spilled_mb']:.0f} MiB, for {memory['spill_seconds']:.0f} s"
    for alert in memory["alerts"]:
        yield f"alert: {alert}"
    yield f"watching: {memory['readings']} readings, {memory['sampling_percent']:.2f}% of the time"
