"""What the system says about memory: of a process and all its children, what is left, and how near the end is."""

import contextlib
import os
import sys
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

import psutil

from planalign_orchestrator.config.hardware import container_limits

MIB = 1 << 20
GIB = 1 << 30


class Pressure(IntEnum):
    """Levels of memory pressure."""

    NORMAL = 0
    MODERATE = 1
    HIGH = 2
    CRITICAL = 3


STARTS_AT = {Pressure.MODERATE: 0.5, Pressure.HIGH: 0.75, Pressure.CRITICAL: 0.875}
"""Shares of the budget at which the levels start: 2 048, 3 072 and 3 584 MiB of 4 GiB."""

COLLECT_AT = 0.625
"""Share of the budget at which garbage is collected."""

FALL_BACK_AT = 0.8
"""Share of the budget at which the next batch is made smaller."""


def pressure_of(share: float) -> Pressure:
    """The level of a single share of the budget."""
    return max((level for level, start in STARTS_AT.items() if share >= start), default=Pressure.NORMAL)


@dataclass(frozen=True)
class Snapshot:
    """What the system says at one moment.

    Args:
        tree_bytes: resident memory of the process and all its children.
        peak_bytes: the highest that ``tree_bytes`` has been since the snapshot before, as far as the system knows.
        available_bytes: what the process could still get from the system or its container.
        spilled_bytes: what the database has moved to disk for want of memory.
        cpu_seconds: processor time that the process has used so far.
        processes: how many are in the tree.
        high_water_bytes: the highest that the process alone has ever been, as far as the system knows; else 0.
    """

    tree_bytes: int
    peak_bytes: int
    available_bytes: int
    spilled_bytes: int = 0
    cpu_seconds: float = 0.0
    processes: int = 1
    high_water_bytes: int = 0


@dataclass
class Reading:
    """A snapshot with when and where in the run it was taken and what it means.

    Args:
        seconds: since the manager was started.
        share: of the memory that the run may have, 1.0 being all of it.
        level: the pressure.
        stage: the stage of the run, with its ``year`` and, while one is built, the ``model``.

    Attributes:
        tree_mb: resident memory of the process tree, in MiB; ``peak_mb`` the highest since the reading before.
    """

    seconds: float
    snapshot: Snapshot
    share: float
    level: Pressure
    year: int | None = None
    stage: str | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        self.tree_mb, self.peak_mb = self.snapshot.tree_bytes / MIB, self.snapshot.peak_bytes / MIB


class ProcessTreeProbe:
    """Watches a process, by default this one, and all its children.

    Args:
        pid: of the process.
        spill_folder: where its database spills to.

    Raises:
        psutil.NoSuchProcess: (also later) the process has ended.
    """

    def __init__(self, pid: int | None = None, spill_folder: Path | None = None) -> None:
        self.process = psutil.Process(pid)
        self._spill_folder = spill_folder
        self._high_water = high_water_bytes(self.process)
        self._others = Snapshot(0, 0, 0)
        self.full()

    def full(self) -> Snapshot:
        """Look at everything; costs milliseconds."""
        children = [_resident_bytes(child) for child in self.process.children(recursive=True)]
        times = self.process.cpu_times()
        self._others = Snapshot(
            tree_bytes=sum(children),
            peak_bytes=0,
            available_bytes=available_bytes(self.process),
            spilled_bytes=size_of(self._spill_folder) if self._spill_folder else 0,
            cpu_seconds=times.user + times.system,
            processes=1 + len(children),
        )
        return self.quick()

    def quick(self) -> Snapshot:
        """Look at the process itself only and take the rest from the last full look; costs microseconds."""
        tree = self._others.tree_bytes + int(self.process.memory_info().rss)
        high_water = high_water_bytes(self.process)
        # The system keeps the highest ever: it says something about now only when it has just risen.
        peak = self._others.tree_bytes + high_water if high_water > self._high_water else tree
        self._high_water = high_water
        return replace(self._others, tree_bytes=tree, peak_bytes=max(tree, peak), high_water_bytes=high_water)


def available_bytes(process: psutil.Process) -> int:
    """What a process could still get: free memory, within its container, its address space and the commit limit."""
    available = [int(psutil.virtual_memory().available)]
    if sys.platform == "linux":
        free = container_limits(own_groups=Path(f"/proc/{process.pid}/cgroup")).free_memory_gib
        available.append(int(min(free * GIB, available[0])))
        is_own = process.pid == os.getpid()  # of others only an administrator may ask
        if is_own and (limit := process.rlimit(psutil.RLIMIT_AS)[0]) >= 0:
            available.append(max(0, limit - int(process.memory_info().vms)))
    elif sys.platform == "win32":
        available.append(_free_commit_bytes())
    return min(available)


def _resident_bytes(child: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # ended meanwhile, or not ours: not our memory
        return int(child.memory_info().rss)
    return 0


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder that a running process works in; 0 where there is none."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # deleted while we look
                total += (Path(path) / name).lstat().st_size
    return total


if sys.platform == "linux":

    def high_water_bytes(process: psutil.Process) -> int:
        """The highest resident memory of a process alone that the system has on record; 0 where it keeps none."""
        with contextlib.suppress(FileNotFoundError), Path(f"/proc/{process.pid}/status").open(encoding="utf-8") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0

elif sys.platform == "win32":
    import ctypes

    class _MemoryStatus(ctypes.Structure):
        # Memory, commit limit and address space, each in all and what is free of it; and of the extended address space.
        _fields_ = (("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("sizes", ctypes.c_ulonglong * 7))

    def _free_commit_bytes() -> int:
        """Windows refuses memory when the commit charge reaches its limit, however much is free."""
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            raise ctypes.WinError()
        return int(status.sizes[3])

    def high_water_bytes(process: psutil.Process) -> int:
        """The highest resident memory of a process alone that the system has on record; 0 where it keeps none."""
        return int(process.memory_info().peak_wset)

else:
    import resource

    def high_water_bytes(process: psutil.Process) -> int:
        """The highest resident memory of a process alone that the system has on record; 0 where it keeps none."""
        if process.pid != os.getpid():
            return 0
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # macOS counts bytes here
