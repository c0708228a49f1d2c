"""Levels of optimization: how much memory a run may use and how many people it handles at once, and which fits here."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from planalign_orchestrator.config.hardware import Machine
from planalign_orchestrator.config.settings import Optimization, Settings

LevelName = Literal["fallback", "low", "medium", "high"]


@dataclass(frozen=True)
class Level:
    """What a level stands for.

    Args:
        memory_limit_gb: GiB for the whole process tree.
        batch_size: thousands of employees handled at once.
        total_needed_gib: memory that a machine has in total before ``auto`` chooses the level.
    """

    memory_limit_gb: float
    batch_size: int
    total_needed_gib: float


LEVELS: Mapping[LevelName, Level] = {
    "fallback": Level(memory_limit_gb=1, batch_size=100, total_needed_gib=0),
    "low": Level(memory_limit_gb=2, batch_size=250, total_needed_gib=3.5),
    "medium": Level(memory_limit_gb=4, batch_size=500, total_needed_gib=7),
    "high": Level(memory_limit_gb=6, batch_size=1000, total_needed_gib=14),
}
"""From the smallest to the largest. A level's machine is sold with 4, 8 or 16 GB, of which some is always reserved;
``fallback`` is for machines below that, it is reached but never asked for."""

LARGEST_SHARE_OF_TOTAL = 0.75
"""More than this of the machine's memory is never used: the system and other programs need the rest."""

SMALLEST_LIMIT_GB = 0.5
"""Below this nothing runs; a machine that has less may still manage by paging."""

LITTLE_DISK_GIB = 5.0


@dataclass(frozen=True)
class Limits:
    """The limits of a run.

    Args:
        level: in force, after lowering.
        memory_limit_gb: GiB for the whole process tree.
        batch_size: thousands of employees handled at once.
        threads: of DuckDB, and models at a time.
        reason: one line that says why.
        messages: what was lowered against the user's wish, or is tight; to be shown as warnings.
    """

    level: LevelName
    memory_limit_gb: float
    batch_size: int
    threads: int
    reason: str
    messages: tuple[str, ...]


def resolve_limits(optimization: Optimization, machine: Machine) -> Limits:
    """Choose the limits of a run: what the settings ask for, as far as the machine can give it.

    Results do not depend on it, only time and memory.
    """
    messages: list[str] = []
    level = _level(optimization, machine, messages)
    limit = _memory_limit(optimization, level, machine, messages)
    batch = _batch_size(optimization, level, machine, messages)
    threads = min(optimization.max_workers, machine.cores)
    if threads < optimization.max_workers:
        messages.append(
            f"max_workers {optimization.max_workers} is lowered to {threads}: this process may use {_cores(machine)}"
        )
    messages += _disk_messages(machine)
    how = "chosen" if optimization.level == "auto" else "lowered" if level != optimization.level else "as set"
    reason = (
        f"{level} ({how}): {limit:g} GiB, batches of {batch} thousand, {_count(threads, 'thread')}; {_seen(machine)}"
    )
    return Limits(level, limit, batch, threads, reason, tuple(messages))


def _level(optimization: Optimization, machine: Machine, messages: list[str]) -> LevelName:
    asked, budget = optimization.level, optimization.memory_limit_gb
    if asked == "auto":
        fitting = [name for name in LEVELS if _suits(LEVELS[name], machine)]
        if budget is not None:  # the level then only decides the batch size, which should suit the budget
            fitting = [name for name in LEVELS if LEVELS[name].memory_limit_gb <= min(budget, _most(machine))]
        return fitting[-1] if fitting else "fallback"
    if budget is not None or LEVELS[asked].memory_limit_gb <= _most(machine):
        return asked
    smaller = [name for name in LEVELS if LEVELS[name].memory_limit_gb <= _most(machine)]
    level = smaller[-1] if smaller else "fallback"
    messages.append(
        f"level {asked} needs {LEVELS[asked].memory_limit_gb:g} GiB and is lowered to {level}: {_memory_seen(machine)}"
    )
    return level


def _suits(level: Level, machine: Machine) -> bool:
    return machine.total_gib >= level.total_needed_gib and level.memory_limit_gb <= _most(machine)


def _most(machine: Machine) -> float:
    """The largest budget that the machine can give now, in tenths of a GiB."""
    most = min(machine.total_gib * LARGEST_SHARE_OF_TOTAL, machine.available_gib)
    return math.floor(most * 10) / 10


def _memory_limit(optimization: Optimization, level: LevelName, machine: Machine, messages: list[str]) -> float:
    wanted = optimization.memory_limit_gb or LEVELS[level].memory_limit_gb
    if level == "fallback" and optimization.memory_limit_gb is None:
        wanted = max(wanted, min(LEVELS["low"].memory_limit_gb, _most(machine)))  # whatever there is below `low`
    limit = max(SMALLEST_LIMIT_GB, min(wanted, _most(machine)))
    if limit < wanted:
        messages.append(f"the memory limit of {wanted:g} GiB is lowered to {limit:g} GiB: {_memory_seen(machine)}")
    if _most(machine) < SMALLEST_LIMIT_GB:
        messages.append("there is hardly any free memory; close other programs, or the run will be very slow")
    return limit


def _batch_size(optimization: Optimization, level: LevelName, machine: Machine, messages: list[str]) -> int:
    if optimization.batch_size is not None:
        return optimization.batch_size
    batch = LEVELS[level].batch_size
    if not (machine.has_slow_disk or machine.free_disk_gib < LITTLE_DISK_GIB):
        return batch
    smaller = max((other.batch_size for other in LEVELS.values() if other.batch_size < batch), default=batch)
    if smaller < batch:
        # A smaller batch spills less of its intermediate data to the disk.
        messages.append(f"batches of {smaller} instead of {batch} thousand people, to spare the disk: {_disk(machine)}")
    return smaller


def _disk_messages(machine: Machine) -> list[str]:
    messages = []
    if machine.synchronised_by:
        messages.append(
            f"the run folder is copied by {machine.synchronised_by}, which slows a run and may lock its files; "
            "choose a folder outside of it with --output"
        )
    if machine.free_disk_gib < LITTLE_DISK_GIB:
        messages.append(f"only {machine.free_disk_gib:.1f} GiB of disk are free; a large run needs more")
    return messages


def _seen(machine: Machine) -> str:
    return f"{_memory_seen(machine)}, {_cores(machine)}, {_disk(machine)}"


def _memory_seen(machine: Machine) -> str:
    place = "the container" if machine.in_container else "this machine"
    return f"{place} has {machine.total_gib:.1f} GiB of memory, {machine.available_gib:.1f} GiB of it free"


def _cores(machine: Machine) -> str:
    return _count(machine.cores, "core")


def _disk(machine: Machine) -> str:
    free = f"{machine.free_disk_gib:.0f} GiB of disk free"
    if machine.synchronised_by:
        return f"{free}, copied by {machine.synchronised_by}"
    if machine.has_slow_disk and machine.sync_seconds is not None:
        return f"{free}, slow (a small write takes {machine.sync_seconds * 1000:.0f} ms)"
    return free


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def recommended_settings(settings: Settings, limits: Limits) -> Settings:
    """The same settings with the level of the limits; numbers are written only where they differ from the level's.

    Args:
        settings: everything else is kept.
        limits: what was chosen for the machine.
    """
    level = None if limits.level == "fallback" else LEVELS[limits.level]
    optimization = Optimization(
        # `fallback` cannot be asked for: it is `low` with the numbers that the machine allows.
        level="low" if limits.level == "fallback" else limits.level,
        max_workers=settings.multi_year.optimization.max_workers,
        batch_size=None if level and limits.batch_size == level.batch_size else limits.batch_size,
        memory_limit_gb=None if level and limits.memory_limit_gb == level.memory_limit_gb else limits.memory_limit_gb,
    )
    multi_year = settings.multi_year.model_copy(update={"optimization": optimization})
    return settings.model_copy(update={"multi_year": multi_year})
