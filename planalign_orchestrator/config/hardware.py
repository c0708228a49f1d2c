"""What the machine has to give (memory, cores, disk; inside a container what that allows), and which level fits it.

A level of optimization is how much memory a run may use and how many people it handles at once.
"""

import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from planalign_orchestrator.config.settings import Optimization, Settings
from planalign_orchestrator.tables import table

SLOW_SYNC_SECONDS = 0.05
"""A solid-state disk syncs a small file in a few milliseconds; a network share or a worn disk needs more than this."""

_BLOCK = b"\0" * 65536
_ATTEMPTS = 5

_SYNCHRONIZED_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def existing_parent(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.is_dir()), Path(folder.anchor))


def free_disk_gib(folder: Path) -> float:
    """Free space where a folder is or would be."""
    return shutil.disk_usage(existing_parent(folder)).free / GIB


def sync_seconds(folder: Path) -> float | None:
    """How long it takes to write a small file and see it safely on disk; None where nothing can be written."""
    # Without a name, the file cannot stay after a kill.
    with suppress(OSError), tempfile.TemporaryFile(dir=existing_parent(folder)) as file:
        return median(timed_sync(file.fileno(), _BLOCK) for _ in range(_ATTEMPTS))
    return None


def synchronized_by(folder: Path, environ: Mapping[str, str] | None = None) -> str | None:
    """The name of the cloud service that copies a folder, such as ``OneDrive``, or None."""
    place = folder.absolute()
    variables = os.environ if environ is None else environ
    roots = {Path(root) for name in _SYNCHRONIZED_VARIABLES if (root := variables.get(name))}
    if roots & {place, *place.parents}:
        return "OneDrive"
    for service, row in table(__package__, "synchronized").items():
        if any(re.fullmatch(row["folder"], part) for part in place.parts):
            return service
    return None


def timed_sync(handle: int, written: bytes = b"") -> float:
    """How long it takes to write to a file and see all of it safely on disk."""
    start = time.perf_counter()
    os.write(handle, written)
    os.fsync(handle)
    return time.perf_counter() - start


@dataclass
class Machine:
    """What a run may count on; a container's limits are taken into account.

    Args:
        total_gib: memory that the process could ever have.
        available_gib: memory that is free, or can be freed, now.
        cores: processors that the process may use.
        free_disk_gib: free space where the run folder is.
        sync_seconds: time to sync a small file there; None when it was not measured.
        synchronized_by: the cloud service that copies that folder, or None.
        in_container: whether a container limits the memory.
    """

    total_gib: float
    available_gib: float
    cores: int
    free_disk_gib: float
    sync_seconds: float | None = None
    synchronized_by: str | None = None
    in_container: bool = False

    def __post_init__(self) -> None:
        place = "the container" if self.in_container else "this machine"
        self.memory = f"{place} has {self.total_gib:.1f} GiB of memory, {self.available_gib:.1f} GiB of it free"
        """What it has, in words."""
        self.has_slow_disk = self.synchronized_by is not None or (self.sync_seconds or 0) > SLOW_SYNC_SECONDS
        """Whether writing intermediate data to disk costs more here than elsewhere."""
        slow = self.has_slow_disk and f", slow (a small write takes {(self.sync_seconds or 0) * 1000:.0f} ms)"
        copied = self.synchronized_by and f", copied by {self.synchronized_by}"
        self.disk = f"{self.free_disk_gib:.0f} GiB of disk free{copied or slow or ''}"
        """What the disk is like, in words."""


def inspect_machine(folder: Path) -> Machine:
    """Look at the machine.

    Args:
        folder: where the run folder is or will be; a small file is written beside it for a moment to time the disk,
            unless a cloud service copies the folder.
    """
    import psutil

    memory = psutil.virtual_memory()
    limits, service = container_limits(), synchronized_by(folder)
    return Machine(
        total_gib=min(memory.total / GIB, limits.memory_gib),
        available_gib=min(memory.available / GIB, limits.free_memory_gib),
        cores=int(min(_cores_of_process(), limits.cores)),
        free_disk_gib=free_disk_gib(folder),
        sync_seconds=None if service else sync_seconds(folder),
        synchronized_by=service,
        in_container=limits.memory_gib < memory.total / GIB,
    )


def _cores_of_process() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only; a job scheduler may have pinned the process
    return len(affinity(0)) if affinity else os.cpu_count() or 1


GIB = 1 << 30
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
_UNLIMITED_V1 = 1 << 62
"""Version 1 writes the largest multiple of a page below 2^63 where there is no limit."""


@dataclass(frozen=True)
class ContainerLimits:
    """The tightest limits on the way from this process's control group to the top; infinite where there is none."""

    memory_gib: float = math.inf
    free_memory_gib: float = math.inf
    cores: float = math.inf


def container_limits(root: Path = CONTROL_GROUPS, own_groups: Path = OWN_GROUPS) -> ContainerLimits:
    """Read the limits of version 2 and version 1 control groups; on a system without them there are none.

    Args:
        root: where the control groups are mounted.
        own_groups: the file that says which of them this process is in.
    """
    folders = list(_own_folders(root, own_groups))
    limits = [(limit, _memory_in_use(folder)) for folder in folders if (limit := _memory_limit(folder)) < math.inf]
    return ContainerLimits(
        min((limit / GIB for limit, _ in limits), default=math.inf),
        min((max(0, limit - used) / GIB for limit, used in limits), default=math.inf),
        min(map(_cores, folders), default=math.inf),
    )


def _own_folders(root: Path, own_groups: Path) -> Iterator[Path]:
    """The folders of this process's groups and of those around them; version 1 has a tree for each controller."""
    for line in _read(own_groups).splitlines() or ["0::/"]:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        for name in {controllers, *controllers.split(",")}:  # version 2 has one tree for all, without a name
            tree = root / name
            # In a container the path may be the host's and not exist; what is mounted at the top is then its own.
            folder = tree / path.lstrip("/")
            while folder != tree and tree in folder.parents:
                yield folder
                folder = folder.parent
            yield tree


def _memory_limit(folder: Path) -> float:
    text = _read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes")
    return int(text) if text.isdigit() and int(text) < _UNLIMITED_V1 else math.inf


def _memory_in_use(folder: Path) -> int:
    """What is in use and cannot be given back: pages of files do not count, for the kernel takes them when needed."""
    text = _read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes") or "0"
    statistics = dict(line.split(" ", 1) for line in _read(folder / "memory.stat").splitlines() if " " in line)
    files = (statistics.get(f"total_{name}", statistics.get(name, "0")) for name in ("inactive_file", "active_file"))
    return max(0, int(text) - sum(map(int, files)))


def _cores(folder: Path) -> float:
    quota, _, period = _read(folder / "cpu.max").partition(" ")
    if not period:
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit()) or int(period) == 0:
        return math.inf
    return max(1, math.ceil(int(quota) / int(period)))


def _read(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):  # not there, or not for us: then it sets no limit that we can know
        return path.read_text(encoding="ascii").strip()
    return ""


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
    "high": Level(memory_limit_gb=6, batch_size=500, total_needed_gib=14),
}
"""From the smallest to the largest. A level's machine is sold with 4, 8 or 16 GB, of which some is always reserved;
``fallback`` is for machines below that, it is reached but never asked for. More than 500 thousand people at once would
take more memory and no less time."""

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
    # The next smaller batch where the disk is slow or full.
    has_little_disk = machine.free_disk_gib < LITTLE_DISK_GIB
    spares_disk = machine.has_slow_disk or has_little_disk
    smaller = [level.batch_size for level in LEVELS.values() if level.batch_size < usual and spares_disk]
    batch = optimization.batch_size or max(smaller, default=usual)
    workers = optimization.max_workers
    threads = min(workers, machine.cores)
    cores = f"{machine.cores} core{'s' * (machine.cores != 1)}"
    is_lowered, is_starved = asked not in ("auto", level), most < SMALLEST_LIMIT_GB
    needed = LEVELS[level if asked == "auto" else asked].memory_limit_gb
    copied = f"the run folder is copied by {machine.synchronized_by}, which slows a run and may lock its files"
    messages = [
        (is_lowered, f"level {asked} needs {needed:g} GiB and is lowered to {level}: {machine.memory}"),
        (limit < wanted, f"the memory limit of {wanted:g} GiB is lowered to {limit:g} GiB: {machine.memory}"),
        (is_starved, "there is hardly any free memory; close other programs, or the run will be very slow"),
        # A smaller batch spills less of its intermediate data to the disk.
        (batch < usual, f"batches of {batch} instead of {usual} thousand people, to spare the disk: {machine.disk}"),
        (threads < workers, f"max_workers {workers} is lowered to {threads}: this process may use {cores}"),
        (machine.synchronized_by, f"{copied}; choose a folder outside of it with --output"),
        (has_little_disk, f"only {machine.free_disk_gib:.1f} GiB of disk are free; a large run needs more"),
    ]
    how = "chosen" if asked == "auto" else "lowered" if is_lowered else "as set"
    reason = f"{level} ({how}): {limit:g} GiB, batches of {batch} thousand, {threads} thread{'s' * (threads != 1)}"
    seen = f"{machine.memory}, {cores}, {machine.disk}"
    return Limits(level, limit, batch, threads, f"{reason}; {seen}", tuple(text for holds, text in messages if holds))


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


def recommended_settings(settings: Settings, limits: Limits) -> Settings:
    """The same settings with the level of the limits; numbers are written only where they differ from the level's.

    Args:
        settings: everything else is kept.
        limits: what was chosen for the machine.
    """
    level = None if limits.level == "fallback" else LEVELS[limits.level]
    given = {name: getattr(limits, name) for name in ("batch_size", "memory_limit_gb")}
    own = {name: value for name, value in given.items() if level is None or value != getattr(level, name)}
    # `fallback` cannot be asked for: it is `low` with the numbers that the machine allows.
    named = "low" if limits.level == "fallback" else limits.level
    optimization = Optimization(level=named, max_workers=settings.multi_year.optimization.max_workers, **own)
    multi_year = settings.multi_year.model_copy(update={"optimization": optimization})
    return settings.model_copy(update={"multi_year": multi_year})
