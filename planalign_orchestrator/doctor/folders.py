"""The machine and its disk: memory and clock; can be written, has room and speed, is not synchronized, locks files."""

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from planalign_orchestrator.config import hardware
from planalign_orchestrator.doctor.report import Check, ok, wrong
from planalign_orchestrator.errors import PlanAlignError, RunLockedError
from planalign_orchestrator.network.routes import registry_value
from planalign_orchestrator.storage.durable import scratch_folder

LITTLE_GIB = 2.0
HARDLY_ANY_GIB = 0.5
SLOW_MB_PER_SECOND = 20.0
SLOW_SMALL_FILE_SECONDS = 0.015
"""Creating, renaming and deleting a small file takes a millisecond; a scanner that looks into each takes tens."""

LONGEST_WINDOWS_PATH = 259
LONGEST_INSIDE = 120
"""The longest path inside a run folder, with room for a name of a scenario."""

_LONG_PATHS = r"SYSTEM\CurrentControlSet\Control\FileSystem"
_BLOCK = bytes(1 << 20)
_BLOCKS = 32
_SMALL_FILES = 40


def folder_checks(output: Path) -> Iterator[Check]:
    """All checks of this module.

    Args:
        output: the folder for run folders; it need not exist.
    """
    place = hardware.existing_parent(output)
    writable = [writable_check("run folder", place), writable_check("temporary folder", Path(tempfile.gettempdir()))]
    yield from writable
    yield room_check(hardware.free_disk_gib(output), place)
    yield synchronized_check(output)
    yield long_path_check(output.absolute(), sys.platform, registry_value(_LONG_PATHS, "LongPathsEnabled"))
    if writable[0].status == "ok":
        with scratch_folder(place) as scratch:
            yield speed_check(scratch)
            yield small_files_check(scratch)
            yield locking_check(scratch)


def writable_check(name: str, folder: Path) -> Check:
    """Whether a file can be created in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ok(name, f"{folder} can be written")
    except OSError as error:
        return wrong(name, folder=folder, error=error)


def room_check(free_gib: float, folder: Path) -> Check:
    """Whether there is room for a run."""
    shown = f"{free_gib:.1f} GiB free at {folder}"
    if free_gib >= LITTLE_GIB:
        return ok("disk space", shown)
    return wrong("disk space", status="fault" if free_gib < HARDLY_ANY_GIB else "warning", shown=shown)


def synchronized_check(output: Path) -> Check:
    """Whether a cloud service copies every change of the run folder."""
    service = hardware.synchronized_by(output)
    if service is None:
        return ok("synchronized folder", "no cloud service copies the run folder")
    return wrong("synchronized", service=service, output=output.absolute())


def long_path_check(output: Path, platform: str, enabled: int | None) -> Check:
    """Whether paths in a run folder stay within what Windows takes.

    Args:
        output: absolute.
        platform: ``sys.platform``.
        enabled: 1 where long paths are switched on; None when that is not known.
    """
    if platform != "win32":
        return ok("long paths", "no limit on this system")
    longest = len(str(output)) + LONGEST_INSIDE
    if enabled or longest <= LONGEST_WINDOWS_PATH:
        return ok("long paths", "switched on" if enabled else f"paths stay below {LONGEST_WINDOWS_PATH + 1} characters")
    return wrong("long paths", output=output, longest=longest, most=LONGEST_WINDOWS_PATH)


def speed_check(folder: Path) -> Check:
    """How fast the disk writes; measured."""
    start = time.perf_counter()
    with (folder / "speed.tmp").open("wb") as file:
        for _ in range(_BLOCKS):
            file.write(_BLOCK)
        written = hardware.timed_sync(file.fileno())
    speed = _BLOCKS / (time.perf_counter() - start)
    shown = f"{speed:.0f} MB/s, {written * 1000:.0f} ms to sync"
    if speed < SLOW_MB_PER_SECOND or written > max(1.0, 20 * hardware.SLOW_SYNC_SECONDS):
        return wrong("slow disk", shown=shown)
    return ok("disk speed", shown)


def small_files_check(folder: Path) -> Check:
    """Whether something looks into every small file, as virus scanners do; measured."""
    start = time.perf_counter()
    for number in range(_SMALL_FILES):
        path = folder / f"small-{number}.tmp"
        path.write_bytes(b"select 1")
        path = path.replace(folder / f"small-{number}.sql")
        path.read_bytes()
        path.unlink()
    each = (time.perf_counter() - start) / _SMALL_FILES
    shown = f"{each * 1000:.1f} ms for each"
    if each <= SLOW_SMALL_FILE_SECONDS:
        return ok("small files", shown)
    return wrong("slow small files", shown=shown, prefix=Path(sys.prefix))


def locking_check(folder: Path) -> Check:
    """Whether the file system keeps a second run out of a run folder; some network shares do not."""
    from planalign_orchestrator.run.folder import RunFolder

    run = RunFolder(folder / "run")
    try:
        with run.lock("doctor"):
            try:
                with run.lock("doctor"):
                    return wrong("file locking", finding="two processes could work on one run folder")
            except RunLockedError:
                return ok("file locking", "a second run on the same folder is kept out")
    except (OSError, PlanAlignError) as error:
        return wrong("file locking", finding=f"a file cannot be locked: {error}")


LITTLE_MEMORY_GIB = 2.0
HARDLY_ANY_MEMORY_GIB = 1.0
MOST_SKEW_SECONDS = 120.0
RELEASED = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)
"""The program cannot run before it was written."""


def machine_checks(output: Path) -> Iterator[Check]:
    """All checks of this module.

    Args:
        output: the folder for run folders.
    """
    yield memory_check(hardware.inspect_machine(output))
    yield clock_check(dt.datetime.now(dt.timezone.utc))


def memory_check(machine: hardware.Machine) -> Check:
    """Whether there is memory for the smallest run."""
    limited = ", limited by a container or control group" if machine.in_container else ""
    shown = f"{machine.available_gib:.1f} of {machine.total_gib:.1f} GiB available{limited}, {machine.cores} cores"
    if machine.available_gib < HARDLY_ANY_MEMORY_GIB:
        return wrong("no memory", shown=shown)
    if machine.available_gib < LITTLE_MEMORY_GIB:
        return wrong("little memory", shown=shown)
    return ok("memory", shown)


def clock_check(now: dt.datetime) -> Check:
    """Whether the clock can be right."""
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if now < RELEASED:
        return wrong("clock", "clock", status="fault", finding=f"{shown} is before this program was released")
    return ok("clock", shown)


def clock_against(server: str, difference: float) -> Check:
    """Whether the clock agrees with a server's, whose certificate is only valid at the right time.

    Args:
        server: whose clock it is.
        difference: how far this computer is ahead, in seconds.
    """
    if abs(difference) <= MOST_SKEW_SECONDS:
        return ok("clock against the network", f"within {MOST_SKEW_SECONDS:.0f} s of {server}")
    return wrong("clock", "clock against the network", finding=f"{difference:+.0f} s from {server}")
