"""Runs a command and watches it from outside: time, memory of the process tree and of its group, disk, spill."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil

from planalign_orchestrator.measurement.memory_group import GroupFigures, GroupUnavailableError, MemoryGroup
from planalign_orchestrator.memory.readings import GIB, MIB, ProcessTreeProbe

INTERVAL = 0.2
"""Seconds between two looks; the system keeps the peak of the main process in between."""

LEAST_FREE_DISK = 1 * GIB
LEAST_FREE_MEMORY = 128 * MIB
"""Below these a run is stopped, before the machine suffers."""


@dataclass
class Observation:
    """What was seen of a command.

    Args:
        exit_code: of the process; negative is the signal that ended it.
        seconds: from start to end.
        cpu_seconds: processor time of the process and its children.
        peak_mb: the highest resident memory of the process tree, in MiB.
        group_peak_mb: the kernel's peak of the control group, files kept in memory included; None without a group.
        programs_peak_mb: the highest that the kernel counted for programs alone, at the looks.
        kills: processes that the kernel ended for want of memory.
        disk_mb: the most that the watched folder held.
        spilled_mb: the most that lay in the spill folder.
        judge: what bounded and measured the memory: ``control group``, ``address space`` or ``process tree``.
        stopped: why it was stopped from outside; empty when it was not.
        said: the last lines of its error output.
    """

    exit_code: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    group_peak_mb: float | None = None
    programs_peak_mb: float | None = None
    kills: int = 0
    disk_mb: float = 0.0
    spilled_mb: float = 0.0
    judge: str = ""
    stopped: str = ""
    said: str = ""


def observe(
    command: list[str],
    folder: Path,
    *,
    environment: Mapping[str, str],
    spill_folder: Path | None = None,
    memory_limit_bytes: int | None = None,
    interval: float = INTERVAL,
) -> Observation:
    """Run a command in a folder of its own and watch it until it ends.

    Args:
        command: program and arguments.
        folder: where it works; its size is watched.
        environment: of the process.
        spill_folder: where its database spills to.
        memory_limit_bytes: what it may use, without swap: by a control group where one can be made, else of address
            space.
        interval: seconds between two looks.

    Raises:
        GroupUnavailableError: a limit is asked for and this system has no means to set one.
    """
    with _bounded(command, memory_limit_bytes) as (bounded, group, judge), (folder / "output").open("wb") as output:
        cpu_before, began = _cpu_of_children(), time.perf_counter()
        process = psutil.Popen(bounded, cwd=folder, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
        watch = _Watch(process, folder, spill_folder, group)
        try:
            process_cpu = watch.until_the_end(interval)
        finally:
            _end(process)
        seen = watch.seen
        seen.exit_code, seen.judge, seen.said = process.returncode, judge, _last_lines(folder / "output")
        seen.seconds = round(time.perf_counter() - began, 3)
        seen.cpu_seconds = round(_cpu_of_children() - cpu_before if sys.platform != "win32" else process_cpu, 3)
        if group is not None:
            figures = group.figures()
            seen.group_peak_mb, seen.kills = figures.peak_mb, figures.kills
    return seen


def clean_environment() -> dict[str, str]:
    """This process's environment without what would change a run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PW_", "DBT_", "PLANALIGN_"))}


class _Watch:
    def __init__(self, process: psutil.Popen, folder: Path, spill: Path | None, group: MemoryGroup | None) -> None:
        self.seen = Observation()
        self._process, self._folder, self._spill, self._group = process, folder, spill, group

    def until_the_end(self, interval: float) -> float:
        """Look again and again; returns the processor time at the last look."""
        cpu = 0.0
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended while it was looked at
            probe = ProcessTreeProbe(self._process.pid, self._spill)
            while self._process.poll() is None:
                snapshot = probe.full()
                cpu = snapshot.cpu_seconds
                self._take(snapshot.peak_bytes, snapshot.spilled_bytes)
                self._stop_when_short(snapshot.available_bytes)
                time.sleep(interval)
        self._process.wait()
        return cpu

    def _take(self, tree: int, spilled: int) -> None:
        seen = self.seen
        seen.peak_mb = max(seen.peak_mb, round(tree / MIB, 1))
        seen.spilled_mb = max(seen.spilled_mb, round(spilled / MIB, 1))
        seen.disk_mb = max(seen.disk_mb, round(size_of(self._folder) / MIB, 1))
        if self._group is not None:
            seen.programs_peak_mb = max(seen.programs_peak_mb or 0.0, self._group.figures().programs_mb)

    def _stop_when_short(self, available: int) -> None:
        if self.seen.stopped:
            return
        disk = shutil.disk_usage(self._folder).free
        # Within a bounded group the kernel judges; what is left to the machine is asked only of the machine.
        memory = int(psutil.virtual_memory().available) if self._group else available
        if disk < LEAST_FREE_DISK:
            self._stop(f"only {disk / MIB:.0f} MiB of disk were left")
        elif memory < LEAST_FREE_MEMORY:
            self._stop(f"only {memory / MIB:.0f} MiB of memory were left")

    def _stop(self, why: str) -> None:
        self.seen.stopped = why
        self._process.terminate()


@contextmanager
def _bounded(command: list[str], limit: int | None) -> Iterator[tuple[list[str], MemoryGroup | None, str]]:
    """The command within its limit, the group that it is in, and who judges."""
    group, why = None, ""
    try:
        group = MemoryGroup(limit)
    except GroupUnavailableError as error:
        why = str(error)
    with group or nullcontext():
        if group is not None:
            yield group.command(command), group, "control group"
        elif limit is None:
            yield command, None, "process tree"
        elif sys.platform == "win32":
            raise GroupUnavailableError(f"memory cannot be limited here: {why}")
        else:
            yield ["/bin/sh", "-c", f'ulimit -v {limit // 1024} && exec "$@"', "sh", *command], None, "address space"


def _end(process: psutil.Popen) -> None:
    """However the watch ended, nothing is left behind."""
    if process.poll() is None:
        process.kill()
    process.wait()


def _cpu_of_children() -> float:
    """Processor time of all children that have ended, and of theirs."""
    if sys.platform == "win32":
        return 0.0
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder that a running process works in."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # gone since it was listed
                total += (Path(path) / name).lstat().st_size
    return total


def _last_lines(path: Path, lines: int = 6) -> str:
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    return "\n".join(text.splitlines()[-lines:])


__all__ = ["GroupFigures", "GroupUnavailableError", "Observation", "clean_environment", "observe", "size_of"]
