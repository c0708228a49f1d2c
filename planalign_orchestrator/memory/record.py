"""What is kept of a run's memory: the peaks of stages and models, and a series short enough for a picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from planalign_orchestrator.memory.advice import Advice
from planalign_orchestrator.memory.readings import MIB, Reading

POINTS = 600
"""The most points that a series keeps, however long a run lasts."""


class ThinnedSeries:
    """Points over time, never more than ``POINTS``; where there are too many, the higher of two neighbours stays."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float, float]] = []

    def add(self, seconds: float, tree_mb: float, available_mb: float) -> None:
        """Add a point."""
        self.points.append((round(seconds, 2), round(tree_mb, 1), round(available_mb, 1)))
        if len(self.points) > POINTS:
            last = self.points.pop()
            pairs = zip(self.points[::2], self.points[1::2], strict=True)
            self.points = [max(pair, key=lambda point: point[1]) for pair in pairs] + [last]


@dataclass
class StageMemory:
    """Memory of one stage, in MiB; ``models`` has the peak of each model, ``started`` counts from the run's start."""

    year: int
    stage: str
    batch_size: int
    started: float
    seconds: float = 0.0
    peak_mb: float = 0.0
    end_mb: float = 0.0
    models: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Peak:
    """The highest memory of the process tree, and when and where it was."""

    mb: float = 0.0
    seconds: float = 0.0
    year: int | None = None
    stage: str | None = None
    model: str | None = None


@dataclass(frozen=True)
class Change:
    """A level or batch size that changed at a moment, and why."""

    seconds: float
    to: str | int
    why: str


@dataclass(frozen=True)
class MemorySummary:
    """The memory of a run; all sizes in MiB, all times in seconds since its start.

    Args:
        budget_mb: the promise.
        peak: the highest memory of the process tree.
        kernel_peak_mb: the highest that the system has on record for the main process alone; None where it keeps none.
        python_mb, duckdb_mb, reserve_mb: how the budget was divided in the end.
        lowest_headroom_mb: the least that the tree could have grown to: what it had and what the system could add.
        lowest_available_mb: the least that the system could add.
        seconds: from start to end.
        readings, sampling_percent: how many, and their cost as a share of the time.
        collections, collected_mb: garbage collections and what they freed.
        spilled_mb, spill_seconds, spill_cpu_percent: the most on disk, for how long, how busy the processor was then.
        batch_size, batch_changes: thousands of employees at the start, and what became of it.
        level_changes: of memory pressure.
        alerts: what was said while it ran.
        leaks: growth that lasted.
        population: employees, None when unknown.
        stages, series: for tables and pictures.
        advice: what to change.
    """

    budget_mb: float
    peak: Peak
    kernel_peak_mb: float | None
    python_mb: float
    duckdb_mb: float
    reserve_mb: float
    lowest_headroom_mb: float
    lowest_available_mb: float
    seconds: float
    readings: int
    sampling_percent: float
    collections: int
    collected_mb: float
    spilled_mb: float
    spill_seconds: float
    spill_cpu_percent: float
    batch_size: int
    batch_changes: list[Change]
    level_changes: list[Change]
    alerts: list[str]
    leaks: list[str]
    population: int | None
    stages: list[StageMemory]
    series: list[tuple[float, float, float]]
    advice: list[Advice] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data; ``peak_mb`` repeats the peak, and ``series`` becomes a list of each coordinate."""
        seconds, tree, available = ([point[i] for point in self.series] for i in range(3))
        return {
            **asdict(self),
            "peak_mb": self.peak.mb,
            "series": {"seconds": seconds, "tree_mb": tree, "available_mb": available},
        }


class MemoryRecorder:
    """Collects readings as they come."""

    def __init__(self) -> None:
        self.peak = Peak()
        self.stages: list[StageMemory] = []
        self.series = ThinnedSeries()
        self.readings = 0
        self.lowest_headroom_mb = float("inf")
        self.lowest_available_mb = float("inf")
        self.spilled_mb = 0.0
        self.spill_seconds = 0.0
        self.spill_cpu_seconds = 0.0
        self._last_full: Reading | None = None

    def enter(self, seconds: float, year: int, stage: str, batch_size: int) -> None:
        """Note that a stage begins."""
        self.stages.append(StageMemory(year, stage, batch_size, round(seconds, 2)))

    def add(self, reading: Reading, *, full: bool) -> None:
        """Take in a reading; it counts for the stage and model that it is labelled with.

        Args:
            reading: what was read.
            full: whether all of it is new, not only the memory of the process itself.
        """
        self.readings += 1
        snapshot = reading.snapshot
        available = snapshot.available_bytes / MIB
        self.series.add(reading.seconds, reading.peak_mb, available)
        self.lowest_available_mb = min(self.lowest_available_mb, round(available, 1))
        self.lowest_headroom_mb = min(self.lowest_headroom_mb, round(available + reading.tree_mb, 1))
        if reading.peak_mb > self.peak.mb:
            self.peak = Peak(
                round(reading.peak_mb, 1), round(reading.seconds, 2), reading.year, reading.stage, reading.model
            )
        if self.stages:
            self._add_to_stage(self.stages[-1], reading)
        if full:
            self._add_spill(reading)

    def stage_peak_mb(self, stage: str, year: int) -> float:
        """The highest of all attempts at a stage, in MiB."""
        return max((entry.peak_mb for entry in self.stages if (entry.stage, entry.year) == (stage, year)), default=0.0)

    def _add_to_stage(self, entry: StageMemory, reading: Reading) -> None:
        entry.seconds = round(reading.seconds - entry.started, 2)
        entry.peak_mb = max(entry.peak_mb, round(reading.peak_mb, 1))
        entry.end_mb = round(reading.tree_mb, 1)
        if reading.model is not None:
            entry.models[reading.model] = max(entry.models.get(reading.model, 0.0), round(reading.peak_mb, 1))

    def _add_spill(self, reading: Reading) -> None:
        before, now = self._last_full, reading.snapshot
        self.spilled_mb = max(self.spilled_mb, round(now.spilled_bytes / MIB, 1))
        if before is not None and before.snapshot.spilled_bytes and now.spilled_bytes:
            self.spill_seconds += reading.seconds - before.seconds
            self.spill_cpu_seconds += now.cpu_seconds - before.snapshot.cpu_seconds
        self._last_full = reading
