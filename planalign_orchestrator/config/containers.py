"""What a container or a control group allows this process, where the system has such a thing (Linux)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_UNLIMITED_V1 = 1 << 62
"""Version 1 writes the largest multiple of a page below 2^63 where there is no limit."""


@dataclass(frozen=True)
class ContainerLimits:
    """The tightest limits on the way from this process's control group to the top; infinite where there is none."""

    memory_gib: float = math.inf
    free_memory_gib: float = math.inf
    cores: float = math.inf


def container_limits(root: Path = _CONTROL_GROUPS, own_groups: Path = _OWN_GROUPS) -> ContainerLimits:
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
        for tree in _trees(root, controllers):
            # In a container the path may be the host's and not exist; what is mounted at the top is then its own.
            folder = tree / path.lstrip("/")
            while folder != tree and tree in folder.parents:
                yield folder
                folder = folder.parent
            yield tree


def _trees(root: Path, controllers: str) -> list[Path]:
    if not controllers:  # version 2 has one tree for all
        return [root]
    names = [name for name in controllers.split(",") if name in ("memory", "cpu")]
    return [root / name for name in dict.fromkeys([*names, *([controllers] if names else [])])]


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
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):  # not there, or not for us: then it sets no limit that we can know
        return ""
