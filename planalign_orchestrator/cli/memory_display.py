"""What ``planalign memory`` shows: a live view of a process, and the memory record of a run."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from typing import Any

import psutil
from rich.console import Console
from rich.live import Live
from rich.text import Text

from planalign_orchestrator.cli.streams import text_of
from planalign_orchestrator.errors import ConfigurationError, instead_of
from planalign_orchestrator.memory.readings import MIB, Pressure, ProcessTreeProbe, Snapshot, pressure_of

COLORS = dict(zip(Pressure, ("green", "yellow", "dark_orange", "red"), strict=True))
HEAVIEST = 5


def watch(
    pid: int, title: str, find_budget: Callable[[], float | None], *, interval: float, seconds: float | None
) -> None:
    """Show the memory of a process until it ends: one live line on a terminal, a line a reading when piped."""
    console = Console(highlight=False)
    with instead_of((psutil.NoSuchProcess, psutil.AccessDenied), ConfigurationError.told, "cannot be watched", pid=pid):
        probe = ProcessTreeProbe(pid)
    peak_mb, budget_mb, began = 0.0, None, time.monotonic()
    live = Live(console=console, auto_refresh=False) if console.is_terminal else None
    with suppress(KeyboardInterrupt), live or nullcontext():  # Ctrl-C is how one leaves a live view
        for snapshot in _snapshots(probe, interval, seconds):
            budget_mb = budget_mb or find_budget()  # unknown until the first stage is recorded
            peak_mb = max(peak_mb, snapshot.peak_bytes / MIB)
            line = _line(title, snapshot, peak_mb, budget_mb)
            if live:
                live.update(line, refresh=True)
            else:
                console.print(line, soft_wrap=True)
    console.print(f"peak {peak_mb:.0f} MiB in {time.monotonic() - began:.0f} s", soft_wrap=True)


def _line(title: str, snapshot: Snapshot, peak_mb: float, budget_mb: float | None) -> Text:
    now_mb, available_mb = snapshot.tree_bytes / MIB, snapshot.available_bytes / MIB
    level = pressure_of(snapshot.peak_bytes / MIB / min(budget_mb or float("inf"), now_mb + available_mb))
    of_budget = f" of {budget_mb:.0f}" if budget_mb else ""
    return Text.assemble(
        (f"{title}  ", "bold"),
        f"{now_mb:6.0f}{of_budget} MiB  peak {peak_mb:.0f}  free {available_mb:.0f}  ",
        (level.name.lower(), COLORS[level]),
        f"  {snapshot.processes} process{'es' if snapshot.processes > 1 else ''}",
    )


def _snapshots(probe: ProcessTreeProbe, interval: float, seconds: float | None) -> Iterator[Snapshot]:
    began = time.monotonic()
    with suppress(psutil.NoSuchProcess):
        while probe.process.status() != psutil.STATUS_ZOMBIE:
            yield probe.full()
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
