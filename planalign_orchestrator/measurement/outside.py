"""Runs a command and watches it from outside: time, memory, disk, spill; bounded by a control group."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil

from planalign_orchestrator.config.hardware import CONTROL_GROUPS, OWN_GROUPS
from planalign_orchestrator.memory.readings import GIB, MIB, ProcessTreeProbe, size_of
from planalign_orchestrator.tables import table

INTERVAL = 0.2
"""Seconds between two looks; the system keeps the peak of the main process in between."""

LEAST_FREE_DISK = 1 * GIB
LEAST_FREE_MEMORY = 128 * MIB
"""Below these a run is stopped, before the machine suffers."""

_SETTINGS = ("PW_", "DBT_", "PLANALIGN_")
_LINES_SAID = 6


@dataclass
class Observation:
    """What was seen of a command.

    Args:
        exit_code: of the process; negative is the signal that ended it.
        seconds: from start to end.
        cpu_seconds: processor time of the process and its children.
        peak_mb: the highest resident memory of the process tree, in MiB.
        group_peak_mb: the kernel's peak of the control group, files kept in memory included; None without a group.
        kills: processes that the kernel ended for want of memory.
        disk_mb: the most that the watched folder held.
        spilled_mb: the most that lay in the spill folder.
        judge: what bounded and measured the memory: ``control group``, ``address space`` or ``process tree``.
        stopped: why it was stopped from outside, or not begun; empty when it came to its own end.
        said: the last lines of its error output.
    """

    exit_code: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    group_peak_mb: float | None = None
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
    spill_folder: Path | None = None,
    memory_limit_bytes: int | None = None,
    interval: float = INTERVAL,
) -> Observation:
    """Run a command in a folder of its own, without settings of the environment, and watch it until it ends.

    Args:
        command: program and arguments.
        folder: where it works; its size is watched.
        spill_folder: where its database spills to.
        memory_limit_bytes: what it may use, without swap: by a control group where one can be made, else of address
            space.
        interval: seconds between two looks.

    Raises:
        GroupUnavailableError: a limit is asked for and this system has no means to set one.
    """
    seen, printed = Observation(), folder / "output"
    environment = {name: text for name, text in os.environ.items() if not name.startswith(_SETTINGS)}
    with _bounded(command, memory_limit_bytes) as (bounded, group, seen.judge), printed.open("wb") as output:
        before, began = _cpu_of_children(), time.perf_counter()
        process = psutil.Popen(bounded, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            with suppress(psutil.NoSuchProcess):  # it ended while it was looked at
                _watch(process, folder, ProcessTreeProbe(process.pid, spill_folder), seen, interval, bool(group))
            process.wait()
        finally:  # however the watch ended, nothing is left behind
            if process.poll() is None:
                process.kill()
            seen.exit_code = process.wait()
        seen.seconds = round(time.perf_counter() - began, 3)
        seen.cpu_seconds = round(_cpu_of_children() - before or seen.cpu_seconds, 3)
        if group is not None:
            seen.group_peak_mb, seen.kills = group.peak_mb, group.kills
    lines = printed.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    seen.said = "\n".join(lines[-_LINES_SAID:])
    return seen


def _watch(
    process: psutil.Popen, folder: Path, probe: ProcessTreeProbe, seen: Observation, interval: float, in_group: bool
) -> None:
    """Look again and again until the process ends; stop it when the machine runs short."""
    while process.poll() is None:
        snapshot = probe.full()
        seen.cpu_seconds, held = snapshot.cpu_seconds, size_of(folder)
        seen.peak_mb = max(seen.peak_mb, round(snapshot.peak_bytes / MIB, 1))
        seen.spilled_mb = max(seen.spilled_mb, round(snapshot.spilled_bytes / MIB, 1))
        seen.disk_mb = max(seen.disk_mb, round(held / MIB, 1))
        # Within a bounded group the kernel judges; what is left to the machine is asked only of the machine.
        memory = int(psutil.virtual_memory().available) if in_group else snapshot.available_bytes
        disk = shutil.disk_usage(folder).free
        if not seen.stopped and (disk < LEAST_FREE_DISK or memory < LEAST_FREE_MEMORY):
            left, what = (disk, "disk") if disk < LEAST_FREE_DISK else (memory, "memory")
            seen.stopped = f"only {left / MIB:.0f} MiB of {what} were left"
            process.terminate()
        time.sleep(interval)


@contextmanager
def _bounded(command: list[str], limit: int | None) -> Iterator[tuple[list[str], "MemoryGroup | None", str]]:
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


def _cpu_of_children() -> float:
    """Processor time of all children that have ended, and of theirs; 0 on systems that do not tell."""
    times = psutil.Process().cpu_times()
    return float(getattr(times, "children_user", 0) + getattr(times, "children_system", 0))


_ENTER = 'echo $$ > "$0" && exec "$@"'
_numbers = count(1)


class GroupUnavailableError(Exception):
    """No control group can be made here; the text says why."""


class MemoryGroup(AbstractContextManager["MemoryGroup"]):
    """A group of its own below that of this process; removed at the end of the block.

    Args:
        limit_bytes: what it may use, without swap; None only watches.

    Raises:
        GroupUnavailableError: this system has none, or does not let this user make one.
    """

    def __init__(
        self, limit_bytes: int | None = None, root: Path = CONTROL_GROUPS, own_groups: Path = OWN_GROUPS
    ) -> None:
        version, parent = _own_group(root, own_groups)
        self._names = table(__package__, "control_groups")[version]
        self.folder = parent / f"planalign-{os.getpid()}-{next(_numbers)}"
        try:
            self.folder.mkdir()
        except OSError as error:
            raise GroupUnavailableError(f"no control group can be made in {parent}: {error.strerror}") from error
        try:
            self._set_up(limit_bytes)
        except OSError as error:
            self.remove()
            raise GroupUnavailableError(f"the control group cannot be used: {error.strerror}") from error

    def command(self, command: list[str]) -> list[str]:
        """The command that runs another one inside the group."""
        return ["/bin/sh", "-c", _ENTER, str(self.folder / "cgroup.procs"), *command]

    @property
    def peak_mb(self) -> float:
        """The highest memory charged to it so far: also of files, which the kernel takes back when a limit is near."""
        return round(int((self.folder / self._names["peak"]).read_text()) / MIB, 1)

    @property
    def kills(self) -> int:
        """How many processes the kernel has ended because the limit was reached."""
        lines = (self.folder / self._names["events"]).read_text(encoding="ascii").splitlines()
        return sum(int(value) for name, value in map(str.split, lines) if name == "oom_kill")

    def remove(self) -> None:
        """Remove the group; its processes have ended."""
        for _ in range(50):
            try:
                return self.folder.rmdir()
            except FileNotFoundError:
                return None
            except OSError:  # the kernel needs a moment to forget the last process
                time.sleep(0.1)
        raise GroupUnavailableError(f"{self.folder} cannot be removed: a process is still in it")

    def __exit__(self, *error: object) -> None:
        self.remove()

    def _set_up(self, limit_bytes: int | None) -> None:
        if limit_bytes is not None:
            (self.folder / self._names["limit"]).write_text(str(limit_bytes))
            swap = self.folder / self._names["swap_limit"]
            if swap.exists():  # a kernel that does not count swap has no such file
                # So that nothing is swapped: version 1 counts memory and swap together.
                swap.write_text(str(limit_bytes if "memsw" in swap.name else 0))
        _ = self.peak_mb, self.kills  # an old kernel keeps no such record


def _own_group(root: Path, own_groups: Path) -> tuple[str, Path]:
    if sys.platform != "linux":
        raise GroupUnavailableError("only Linux has control groups")
    try:
        lines = own_groups.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise GroupUnavailableError(f"this system has no control groups: {error.strerror}") from error
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
    if "memory" in paths:
        return "1", root / "memory" / paths["memory"].lstrip("/")
    return "2", root / paths.get("", "/").lstrip("/")
