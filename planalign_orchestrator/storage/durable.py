"""Every change to a file that must survive a crash: written to a temporary name, synced, then renamed into place.

Each step (create, write, sync, rename, unlink) is announced before it happens.
The tests use that to stop the process at every single step and
to show that the next command recovers. Folders for what a command needs while it lasts leave nothing behind: they may
hold everybody's pay.
"""

import errno
import hashlib
import json
import mmap
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import xxhash

from planalign_orchestrator.errors import ConfigurationError, FullDiskError
from planalign_orchestrator.pipes import refuse_pipes

CHUNK = 1 << 18
"""What a file is read by: a mebibyte, where each piece gets new memory, takes four times as long."""

_PAST_CACHE = getattr(os, "O_DIRECT", 0)
"""Not into the system's cache of files, where making room takes several times what the copy does. Linux has that, most
of its file systems too, for whole blocks that start on a page of memory."""
_BLOCK = 4096

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
DISK_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_NOT_POSSIBLE = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What a file system answers that has no such operation."""
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR})
_SCHEME = re.compile(r"[A-Za-z][\w+.-]+:")
_SHARING_VIOLATIONS = frozenset({5, 32, 33})
_RETRY_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

DENSEST, _LARGE_UNPACKED = 200, 256 << 20
"""So many times its packed size is no text and no database, unless it is small."""


@dataclass(frozen=True)
class Content:
    """What a file holds: its size in bytes and its XXH3 of 128 bits, which no damage leaves as it was."""

    size: int
    xxh3: str


def announce(operation: str, name: str) -> None:
    """Is told each file operation before it happens, and each fault point; tests put a function of their own here."""


def fault_point(name: str) -> None:
    """Mark a place where a test may stop the process; each needs one, which a test sees to."""
    announce("fault_point", name)


def atomic_write_stream(path: Path, chunks: Iterable[bytes | memoryview], more_flags: int = 0) -> Content:
    """Write a file from pieces so that it is there whole or not at all; returns what was written."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | more_flags)

    with written_whole(path) as temporary, named(path), open(temporary, "wb", buffering=0, opener=opener) as file:
        content = _content(_passed(chunks, file, temporary))
        _sync(file.fileno(), temporary)
    return content


def atomic_write_bytes(path: Path, data: bytes) -> Content:
    """Write a file so that it is there whole or not at all."""
    return atomic_write_stream(path, [data])


def atomic_write_text(path: Path, text: str) -> Content:
    """Write a UTF-8 text file so that it is there whole or not at all."""
    return atomic_write_bytes(path, text.encode("utf-8"))


def atomic_write_json(path: Path, data: Any, *, indent: int | None = 2) -> Content:
    """Write a JSON file so that it is there whole or not at all; without an indent it is ten times faster."""
    return atomic_write_text(path, json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


def copy_synced(source: Path, target: Path) -> Content:
    """Copy a file, synced and renamed into place."""
    if _PAST_CACHE and source.stat().st_size % _BLOCK == 0:
        try:
            return atomic_write_stream(target, read_chunks(source), _PAST_CACHE)
        except OSError as error:
            if error.errno not in _NOT_POSSIBLE:
                raise
    return atomic_write_stream(target, read_chunks(source))


def replace(source: Path, target: Path) -> None:
    """Rename a file over another, or a folder to a new name, and sync the folders; no device becomes a file."""
    refuse_pipes(target, 0)
    announce("rename", str(target))
    with named(target):
        _patiently(lambda: source.replace(target))
    for folder in {target.parent, source.parent}:
        sync_folder(folder)


def unlink(*paths: Path) -> None:
    """Delete files that are there one by one, for good."""
    for path in paths:
        if path.exists():
            announce("unlink", str(path))
            with named(path):
                _patiently(path.unlink)
            sync_folder(path.parent)


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner can read (where the system knows such a thing)."""
    make_folder(path, PRIVATE_FOLDER)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Create a folder and those above it, unless it is there.

    Raises:
        ConfigurationError: it cannot be, with the folder named, or is an address.
    """
    if path.is_dir():
        return
    if any(map(_SCHEME.fullmatch, path.parts)):  # its name would tell the password
        raise ConfigurationError(f"{path} is an address", remedy="Give a folder of this computer to write to.")
    announce("make_folder", str(path))
    with named(path):
        path.mkdir(parents=True, exist_ok=True, mode=mode)


@contextmanager
def private_files() -> Iterator[None]:
    """Make files and folders that come into being meanwhile, also DuckDB's, readable by their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power failure; Windows does so by itself and cannot be asked."""
    if sys.platform == "win32":
        return
    announce("sync_folder", str(folder))
    with named(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _NOT_POSSIBLE:  # some network file systems cannot sync a folder
                raise
        finally:
            os.close(handle)


def content_of(path: Path) -> Content:
    """Size and XXH3 of a file, read piece by piece."""
    return _content(read_chunks(path))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in read_chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def read_chunks(path: Path) -> Iterator[memoryview]:
    """The content of a file in pieces; each takes the place of the one before, on whole pages of memory."""
    place = memoryview(mmap.mmap(-1, CHUNK))
    with path.open("rb") as file:
        while size := file.readinto(place):
            yield place[:size]


def temporary_name(path: Path) -> Path:
    """The name a file has while it is being written, by which ``remove_leftovers`` knows it; it ends in ``.tmp``."""
    return path.with_name(f"{path.name}.{os.getpid()}.planalign.tmp")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A private file beside a path, which takes its place at the end, or goes where something fails."""
    temporary = temporary_name(path)
    try:
        with named(path):
            announce("create", str(temporary))
            os.close(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE))
        yield temporary
        replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _content(chunks: Iterable[bytes | memoryview]) -> Content:
    """Size and XXH3 of pieces.

    The XXH3 costs a tenth of what reading them does. A digest that withstands forgery would cost more than reading and
    writing together, and guard against nobody: whoever can change a file can change the manifest beside it.
    """
    size, digest = 0, xxhash.xxh3_128()
    for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
    return Content(size, digest.hexdigest())


def _passed(chunks: Iterable[bytes | memoryview], file: FileIO, path: Path) -> Iterator[bytes | memoryview]:
    """Write pieces as they pass."""
    for chunk in chunks:
        announce("write", str(path))
        rest = memoryview(chunk)
        while rest:
            rest = rest[file.write(rest) :]
        yield chunk


def _sync(file: int, path: Path) -> None:
    announce("sync", str(path))
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the drive's cache there
    else:
        os.fsync(file)


def _patiently(action: Callable[[], object]) -> None:
    """Repeat an action that Windows refuses while a virus scanner or indexer holds the file."""
    for wait in _RETRY_WAITS:
        try:
            action()
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _SHARING_VIOLATIONS:
                raise
            time.sleep(wait)
    action()


def most_unpacked(path: Path) -> int:
    """How many bytes a packed file may stand for: what is large and denser than that is there to fill a disk."""
    return max(_LARGE_UNPACKED, path.stat().st_size * DENSEST)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a sentence that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise FullDiskError.told("full disk", path=path) from error
        if error.errno in _FORBIDDEN:
            raise ConfigurationError.told("not writable", path=path, error=error) from error
        if error.errno in _IN_THE_WAY:
            raise ConfigurationError.told("file for a folder", path=path) from error
        raise


_OURS = re.compile(r"\.?planalign-(?P<folder>\d+)-\w+|.+\.(?P<file>\d+)\.planalign\.tmp")
"""A folder of this module, or a file that ``durable`` writes under a temporary name; both with the process's number."""


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder that is gone when the block ends.

    Args:
        parent: where it is; None is the system's folder for such things.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    remove_leftovers(place)
    hidden = "" if parent is None else "."
    with tempfile.TemporaryDirectory(prefix=f"{hidden}planalign-{os.getpid()}-", dir=place) as name:
        yield Path(name)


def remove_leftovers(place: Path) -> None:
    """Remove what commands that were killed have left in a folder."""
    for left in place.iterdir() if place.is_dir() else ():
        match = _OURS.fullmatch(left.name)
        if match is None or _is_alive(int(match["folder"] or match["file"])):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    import psutil  # only where something is left

    return psutil.pid_exists(process)
