"""What the machine has to give: memory, cores, disk; inside a container what that allows."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from planalign_orchestrator.config.containers import GIB, container_limits

SLOW_SYNC_SECONDS = 0.05
"""A solid-state disk syncs a small file in a few milliseconds; a network share or a worn disk needs more than this."""

_BLOCK = b"\0" * 65536
_ATTEMPTS = 5

_SYNCHRONIZED_NAMES = (
    ("OneDrive", re.compile(r"onedrive\b.*", re.IGNORECASE)),
    ("Dropbox", re.compile(r"dropbox\b.*", re.IGNORECASE)),
    ("iCloud", re.compile(r"icloud ?drive|com~apple~clouddocs|mobile documents", re.IGNORECASE)),
    ("Google Drive", re.compile(r"google ?drive\b.*|my drive", re.IGNORECASE)),
    ("Box", re.compile(r"Box|Box Sync|Box-Box")),
)
_SYNCHRONIZED_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def existing_parent(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def free_disk_gib(folder: Path) -> float:
    """Free space where a folder is or would be."""
    return shutil.disk_usage(existing_parent(folder)).free / GIB


def sync_seconds(folder: Path) -> float | None:
    """How long it takes to write a small file and see it safely on disk; None where nothing can be written."""
    try:
        with tempfile.TemporaryFile(dir=existing_parent(folder)) as file:  # without a name, it cannot stay after a kill
            return median(timed_sync(file.fileno(), _BLOCK) for _ in range(_ATTEMPTS))
    except OSError:
        return None


def synchronized_by(folder: Path, environ: Mapping[str, str] | None = None) -> str | None:
    """The name of the cloud service that copies a folder, such as ``OneDrive``, or None."""
    place = folder.absolute()
    variables = os.environ if environ is None else environ
    for name in _SYNCHRONIZED_VARIABLES:
        root = variables.get(name, "")
        if root and (place == Path(root) or Path(root) in place.parents):
            return "OneDrive"
    for service, pattern in _SYNCHRONIZED_NAMES:
        if any(pattern.fullmatch(part) for part in place.parts):
            return service
    return None


def timed_sync(handle: int, written: bytes = b"") -> float:
    """How long it takes to write to a file and see all of it safely on disk."""
    start = time.perf_counter()
    os.write(handle, written)
    os.fsync(handle)
    return time.perf_counter() - start


@dataclass(frozen=True)
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

    @property
    def has_slow_disk(self) -> bool:
        """Whether writing intermediate data to disk costs more here than elsewhere."""
        return self.synchronized_by is not None or (self.sync_seconds or 0) > SLOW_SYNC_SECONDS

    @property
    def memory(self) -> str:
        """What it has, in words."""
        place = "the container" if self.in_container else "this machine"
        return f"{place} has {self.total_gib:.1f} GiB of memory, {self.available_gib:.1f} GiB of it free"

    @property
    def disk(self) -> str:
        """What the disk is like, in words."""
        slow = self.has_slow_disk and f", slow (a small write takes {(self.sync_seconds or 0) * 1000:.0f} ms)"
        copied = self.synchronized_by and f", copied by {self.synchronized_by}"
        return f"{self.free_disk_gib:.0f} GiB of disk free{copied or slow or ''}"


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
