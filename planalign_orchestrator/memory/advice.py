"""What to change after a run, from what its memory was seen to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planalign_orchestrator.config.levels import LEVELS, LevelName
from planalign_orchestrator.memory.batches import BATCH_SIZES
from planalign_orchestrator.memory.readings import COLLECT_AT, STARTS_AT, Pressure
from planalign_orchestrator.tables import table

if TYPE_CHECKING:
    from planalign_orchestrator.memory.record import MemorySummary

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


def advise(summary: MemorySummary) -> list[Advice]:
    """Advice for the next run; nothing when there is nothing to gain."""
    return [advice for rule in _RULES for advice in rule(summary)]


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


def _slow_disk(summary: MemorySummary) -> Iterator[Advice]:
    if summary.spill_seconds >= SPILLING_MATTERS_SECONDS and summary.spill_cpu_percent < IDLE_PERCENT:
        yield _advice("slow disk", summary)


def _leaking(summary: MemorySummary) -> Iterator[Advice]:
    if summary.leaks:
        yield _advice("leak", summary, leaks="; ".join(summary.leaks))


_RULES: tuple[Callable[[MemorySummary], Iterator[Advice]], ...] = (
    _raise_the_level,
    _start_with_smaller_batches,
    _make_room,
    _larger_batch,
    _slow_disk,
    _leaking,
)
