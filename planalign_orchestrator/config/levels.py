"""Levels of optimization: how much memory a run may use and how many people it handles at once, and which fits here."""

import math
from collections.abc import Iterator, Mapping
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
    asked, most, level = optimization.level, _most(machine), _level(optimization, machine)
    wanted = optimization.memory_limit_gb or LEVELS[level].memory_limit_gb
    if level == "fallback" and optimization.memory_limit_gb is None:
        wanted = max(wanted, min(LEVELS["low"].memory_limit_gb, most))  # whatever there is below `low`
    limit = max(SMALLEST_LIMIT_GB, min(wanted, most))
    usual = optimization.batch_size or LEVELS[level].batch_size
    batch = optimization.batch_size or _batch_size(usual, machine)
    threads = min(optimization.max_workers, machine.cores)
    cores = _count(machine.cores, "core")
    messages = []
    if asked != "auto" and asked != level:
        needed = LEVELS[asked].memory_limit_gb
        messages.append(f"level {asked} needs {needed:g} GiB and is lowered to {level}: {machine.memory}")
    if limit < wanted:
        messages.append(f"the memory limit of {wanted:g} GiB is lowered to {limit:g} GiB: {machine.memory}")
    if most < SMALLEST_LIMIT_GB:
        messages.append("there is hardly any free memory; close other programs, or the run will be very slow")
    if batch < usual:  # a smaller batch spills less of its intermediate data to the disk
        messages.append(f"batches of {batch} instead of {usual} thousand people, to spare the disk: {machine.disk}")
    if threads < optimization.max_workers:
        messages.append(f"max_workers {optimization.max_workers} is lowered to {threads}: this process may use {cores}")
    how = "chosen" if asked == "auto" else "lowered" if level != asked else "as set"
    reason = f"{level} ({how}): {limit:g} GiB, batches of {batch} thousand, {_count(threads, 'thread')}"
    seen = f"{machine.memory}, {cores}, {machine.disk}"
    return Limits(level, limit, batch, threads, f"{reason}; {seen}", (*messages, *_disk_messages(machine)))


def _level(optimization: Optimization, machine: Machine) -> LevelName:
    """The level that is asked for, or the largest one that fits; under a budget it only decides the batch size."""
    asked, budget, most = optimization.level, optimization.memory_limit_gb, _most(machine)
    fitting: list[LevelName] = [
        name
        for name, level in LEVELS.items()
        if level.memory_limit_gb <= min(budget or most, most)
        and (asked != "auto" or budget is not None or machine.total_gib >= level.total_needed_gib)
    ]
    if asked != "auto" and (budget is not None or asked in fitting):
        return asked
    return fitting[-1] if fitting else "fallback"


def _most(machine: Machine) -> float:
    """The largest budget that the machine can give now, in tenths of a GiB."""
    return math.floor(min(machine.total_gib * LARGEST_SHARE_OF_TOTAL, machine.available_gib) * 10) / 10


def _batch_size(usual: int, machine: Machine) -> int:
    """The next smaller batch where the disk is slow or full."""
    if machine.has_slow_disk or machine.free_disk_gib < LITTLE_DISK_GIB:
        return max((level.batch_size for level in LEVELS.values() if level.batch_size < usual), default=usual)
    return usual


def _disk_messages(machine: Machine) -> Iterator[str]:
    if machine.synchronized_by:
        yield (
            f"the run folder is copied by {machine.synchronized_by}, which slows a run and may lock its files; "
            "choose a folder outside of it with --output"
        )
    if machine.free_disk_gib < LITTLE_DISK_GIB:
        yield f"only {machine.free_disk_gib:.1f} GiB of disk are free; a large run needs more"


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
