"""What the machine has to give: memory, cores, disk; inside a container what that allows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from planalign_orchestrator.config.containers import GIB, container_limits
from planalign_orchestrator.config.disks import SLOW_SYNC_SECONDS, free_disk_gib, sync_seconds, synchronised_by


@dataclass(frozen=True)
class Machine:
    """What a run may count on; a container's limits are taken into account.

    Args:
        total_gib: memory that the process could ever have.
        available_gib: memory that is free, or can be freed, now.
        cores: processors that the process may use.
        free_disk_gib: free space where the run folder is.
        sync_seconds: time to sync a small file there; None when it was not measured.
        synchronised_by: the cloud service that copies that folder, or None.
        in_container: whether a container limits the memory.
    """

    total_gib: float
    available_gib: float
    cores: int
    free_disk_gib: float
    sync_seconds: float | None = None
    synchronised_by: str | None = None
    in_container: bool = False

    @property
    def has_slow_disk(self) -> bool:
        """Whether writing intermediate data to disk costs more here than elsewhere."""
        return self.synchronised_by is not None or (self.sync_seconds or 0) > SLOW_SYNC_SECONDS


def inspect_machine(folder: Path) -> Machine:
    """Look at the machine.

    Args:
        folder: where the run folder is or will be; a small file is written beside it for a moment to time the disk,
            unless a cloud service copies the folder.
    """
    import psutil

    memory = psutil.virtual_memory()
    total, available = memory.total / GIB, memory.available / GIB
    limits = container_limits()
    in_container = limits.memory_gib is not None and limits.memory_gib < total
    if in_container:
        total = min(total, limits.memory_gib or total)
        available = min(available, limits.free_memory_gib if limits.free_memory_gib is not None else total)
    service = synchronised_by(folder)
    return Machine(
        total_gib=total,
        available_gib=available,
        cores=min(_cores_of_process(), limits.cores or _cores_of_process()),
        free_disk_gib=free_disk_gib(folder),
        sync_seconds=None if service else sync_seconds(folder),
        synchronised_by=service,
        in_container=in_container,
    )


def _cores_of_process() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only; a job scheduler may have pinned the process
    return len(affinity(0)) if affinity else os.cpu_count() or 1
