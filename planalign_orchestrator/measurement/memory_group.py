"""A control group of the Linux kernel around one process and its children, which bounds and judges their memory."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from planalign_orchestrator.memory.readings import MIB

_ROOT = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_ENTER = 'echo $$ > "$0" && exec "$@"'
_numbers = count(1)


class GroupUnavailableError(Exception):
    """No control group can be made here; the text says why."""


class _Version(NamedTuple):
    """The names that a version of control groups has for the same things."""

    limit: str
    swap_limit: str
    peak: str
    events: str


_VERSION_1 = _Version(
    "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"
)
_VERSION_2 = _Version("memory.max", "memory.swap.max", "memory.peak", "memory.events")


class MemoryGroup(AbstractContextManager["MemoryGroup"]):
    """A group of its own below that of this process; removed at the end of the block.

    Args:
        limit_bytes: what it may use, without swap; None only watches.

    Raises:
        GroupUnavailableError: this system has none, or does not let this user make one.
    """

    def __init__(self, limit_bytes: int | None = None, root: Path = _ROOT, own_groups: Path = _OWN_GROUPS) -> None:
        self._version, parent = _own_group(root, own_groups)
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
        return round(int((self.folder / self._version.peak).read_text()) / MIB, 1)

    @property
    def kills(self) -> int:
        """How many processes the kernel has ended because the limit was reached."""
        lines = (self.folder / self._version.events).read_text(encoding="ascii").splitlines()
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
            (self.folder / self._version.limit).write_text(str(limit_bytes))
            swap = self.folder / self._version.swap_limit
            if swap.exists():  # a kernel that does not count swap has no such file
                # So that nothing is swapped: version 1 counts memory and swap together.
                swap.write_text(str(limit_bytes if self._version is _VERSION_1 else 0))
        _ = self.peak_mb, self.kills  # an old kernel keeps no such record


def _own_group(root: Path, own_groups: Path) -> tuple[_Version, Path]:
    if sys.platform != "linux":
        raise GroupUnavailableError("only Linux has control groups")
    try:
        lines = own_groups.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise GroupUnavailableError(f"this system has no control groups: {error.strerror}") from error
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
    if "memory" in paths:
        return _VERSION_1, root / "memory" / paths["memory"].lstrip("/")
    return _VERSION_2, root / paths.get("", "/").lstrip("/")
