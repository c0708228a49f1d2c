"""What is kept of a run's memory: the peaks of stages and models, what was done about pressure, and advice."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from planalign_orchestrator.config.hardware import LEVELS, LevelName
from planalign_orchestrator.memory.batches import BATCH_SIZES
from planalign_orchestrator.memory.readings import COLLECT_AT, MIB, STARTS_AT, Pressure, Reading
from planalign_orchestrator.tables import table


@dataclass
class StageMemory:
    """Memory of one stage, in MiB; ``models`` has the peak of each model."""

    year: int
    stage: str
    batch_size: int
    peak_mb: float = 0.0
    models: dict[str, float] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        """Take in a reading of the stage."""
        peak = round(reading.peak_mb, 1)
        self.peak_mb = max(self.peak_mb, peak)
        if reading.model is not None:
            self.models[reading.model] = max(self.models.get(reading.model, 0.0), peak)


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
    """A batch size that changed at a moment, and why."""

    seconds: float
    to: int
    why: str


@dataclass
class MemorySummary:
    """The memory of a run, filled in while it lasts; all sizes in MiB, all times in seconds since its start.

    Args:
        budget_mb: the promise.
        batch_size, batch_changes: thousands of employees at the start, and what became of it.
        peak: the highest memory of the process tree.
        kernel_peak_mb: the highest that the system has on record for the main process alone; None where it keeps none.
        python_mb, duckdb_mb, reserve_mb: how the budget was divided in the end.
        lowest_headroom_mb: the least that the tree could have grown to: what it had and what the system could add.
        lowest_available_mb: the least that the system could add.
        seconds: from start to end.
        readings, sampling_percent: how many, and their cost as a share of the time.
        collections, collected_mb: garbage collections and what they freed.
        spilled_mb, spill_seconds, spill_cpu_percent: the most on disk, for how long, how busy the processor was then.
        alerts: what was said while it ran.
        leaks: growth that lasted.
        population: employees, None when unknown.
        stages: for tables.
        advice: what to change.
    """

    budget_mb: float
    batch_size: int
    peak: Peak = Peak()
    kernel_peak_mb: float | None = None
    python_mb: float = 0.0
    duckdb_mb: float = 0.0
    reserve_mb: float = 0.0
    lowest_headroom_mb: float = 0.0
    lowest_available_mb: float = 0.0
    seconds: float = 0.0
    readings: int = 0
    sampling_percent: float = 0.0
    collections: int = 0
    collected_mb: float = 0.0
    spilled_mb: float = 0.0
    spill_seconds: float = 0.0
    spill_cpu_percent: float = 0.0
    batch_changes: list[Change] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    population: int | None = None
    stages: list[StageMemory] = field(default_factory=list)
    advice: list["Advice"] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data; ``peak_mb`` repeats the peak."""
        return {**asdict(self), "peak_mb": self.peak.mb}

    def add(self, reading: Reading) -> None:
        """Take in a reading; it counts for the stage and model that it is labelled with."""
        available = round(reading.snapshot.available_bytes / MIB, 1)
        headroom = round(available + reading.tree_mb, 1)
        self.lowest_available_mb = min(self.lowest_available_mb, available) if self.readings else available
        self.lowest_headroom_mb = min(self.lowest_headroom_mb, headroom) if self.readings else headroom
        self.readings += 1
        self.kernel_peak_mb = round(reading.snapshot.high_water_bytes / MIB, 1) or None
        self.seconds, peak = round(reading.seconds, 2), round(reading.peak_mb, 1)
        if peak > self.peak.mb:
            self.peak = Peak(peak, self.seconds, reading.year, reading.stage, reading.model)
        if self.stages:
            self.stages[-1].add(reading)

    def add_spill(self, before: Reading, now: Reading) -> None:
        """Take in what lay on disk at a full reading, and between it and the full one before."""
        self.spilled_mb = max(self.spilled_mb, round(now.snapshot.spilled_bytes / MIB, 1))
        if before.snapshot.spilled_bytes and now.snapshot.spilled_bytes:
            busy = self.spill_seconds * self.spill_cpu_percent / 100
            busy += now.snapshot.cpu_seconds - before.snapshot.cpu_seconds
            self.spill_seconds += now.seconds - before.seconds
            self.spill_cpu_percent = 100 * busy / self.spill_seconds


ASKABLE: tuple[LevelName, ...] = ("low", "medium", "high")
"""The levels that a user can ask for, smallest first."""

IDLE_PERCENT = 50.0
"""A processor less busy than this while the database has data on disk is waiting for the disk."""
SPILLING_MATTERS_SECONDS = 10.0


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Args:
        text: what to do.
        evidence: what was seen.
        setting: the setting or flag to change.
        value: what to set it to; None when that is for the user to choose.
    """

    text: str
    evidence: str
    setting: str
    value: str | float | None = None


def advise(summary: MemorySummary) -> Iterator[Advice]:
    """Advice for the next run; nothing when there is nothing to gain."""
    for rule in (_raise_the_level, _start_with_smaller_batches, _make_room, _larger_batch):
        yield from rule(summary)
    if summary.spill_seconds >= SPILLING_MATTERS_SECONDS and summary.spill_cpu_percent < IDLE_PERCENT:
        yield _advice("slow disk", summary)
    if summary.leaks:
        yield _advice("leak", summary, leaks="; ".join(summary.leaks))


def _advice(kind: str, summary: MemorySummary, value: str | float | None = None, **words: object) -> Advice:
    """A piece of advice as ``advice.ini`` tells it."""
    row = table(__package__, "advice")[kind]
    sizes = [summary.batch_size, *(change.to for change in summary.batch_changes)]
    words = {"run": summary, "value": value, "batches": f"batches of {' → '.join(map(str, sizes))} thousand", **words}
    return Advice(row["text"].format(**words), row["evidence"].format(**words), row["setting"], value)


def _was_short(summary: MemorySummary) -> bool:
    """Whether the run came to the end of its memory and had to do something about it."""
    stepped_down = any(change.to < summary.batch_size for change in summary.batch_changes)
    return stepped_down or summary.peak.mb >= STARTS_AT[Pressure.CRITICAL] * summary.budget_mb


def _machine_was_short(summary: MemorySummary) -> bool:
    return summary.lowest_headroom_mb < summary.budget_mb


def _raise_the_level(summary: MemorySummary) -> Iterator[Advice]:
    if not _was_short(summary):
        return
    spare = summary.lowest_headroom_mb - summary.budget_mb
    larger = [name for name in ASKABLE if LEVELS[name].memory_limit_gb * 1024 > summary.budget_mb]
    if larger and LEVELS[larger[0]].memory_limit_gb * 1024 - summary.budget_mb <= spare:
        yield _advice("raise the level", summary, larger[0])


def _start_with_smaller_batches(summary: MemorySummary) -> Iterator[Advice]:
    tried = [change.to for change in summary.batch_changes]
    if tried and min(tried) < summary.batch_size and not any(_raise_the_level(summary)):
        yield _advice("smaller batches", summary, min(tried), why=summary.batch_changes[0].why)


def _make_room(summary: MemorySummary) -> Iterator[Advice]:
    if not _machine_was_short(summary):
        return
    fitting = [name for name in ASKABLE if _fits(summary, LEVELS[name].memory_limit_gb * 1024)]
    if fitting:
        yield _advice("lower the level", summary, fitting[-1])
    else:
        most = max(0.5, math.floor(summary.lowest_headroom_mb / 1024 * 10) / 10)
        yield _advice("close programs", summary, most)


def _fits(summary: MemorySummary, budget_mb: float) -> bool:
    """Whether a smaller budget would have been kept without any pressure, on the machine as it was."""
    return (
        budget_mb < summary.budget_mb
        and budget_mb <= summary.lowest_headroom_mb
        and summary.peak.mb < COLLECT_AT * budget_mb
    )


def _larger_batch(summary: MemorySummary) -> Iterator[Advice]:
    larger = [size for size in BATCH_SIZES if size > summary.batch_size]
    in_one_slice = summary.population is not None and summary.population <= summary.batch_size * 1000
    calm = summary.peak.mb < STARTS_AT[Pressure.MODERATE] * summary.budget_mb and not summary.batch_changes
    if larger and calm and not in_one_slice and not _machine_was_short(summary):
        yield _advice("larger batches", summary, larger[-1])
