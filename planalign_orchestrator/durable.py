"""Every change to a file that must survive a crash: written to a temporary name, synced, then renamed into place.

Each step (create, write, sync, rename, unlink) is announced to an observer before it happens, when there is one; what
the disk writes in the background, when it is asked for. The tests use that to stop the process at every single step and
to show that the next command recovers.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import stat
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import xxhash

from planalign_orchestrator.errors import CheckpointError, ConfigurationError, OutOfResourcesError

if TYPE_CHECKING:
    from concurrent.futures import Future

Operation = Literal[
    "make_folder", "create", "write", "append", "sync", "sync_folder", "rename", "unlink", "fault_point"
]

FaultPoint = Literal[
    "journal.before_append",
    "journal.after_append",
    "checkpoint.before_copy",
    "checkpoint.after_copy",
    "checkpoint.before_manifest",
    "checkpoint.after_manifest",
    "checkpoint.before_retention",
    "checkpoint.after_retention",
    "restore.before_journal",
    "restore.before_copy",
    "restore.after_copy",
    "resume.before_trim",
    "resume.after_trim",
    "finish.before_rename",
    "finish.after_rename",
]
"""The named places where a test may stop the process. A new one needs a test; a test sees to that."""

FAULT_POINTS: frozenset[str] = frozenset(get_args(FaultPoint))

Observer = Callable[[Operation, str], None]

CHUNK = 1 << 20
_UNCACHED: int = getattr(os, "O_DIRECT", 0)
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_DISK_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR})
_SHARING_VIOLATIONS = frozenset({5, 32, 33})
_RETRY_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

_observer: Observer | None = None
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Content:
    """What a file holds: its size in bytes and its XXH3 of 128 bits, which no damage leaves as it was."""

    size: int
    xxh3: str


@dataclass(frozen=True)
class Copy:
    """A copy of a file.

    Args:
        path: where it lies.
        content: all that it holds.
        pieces: the XXH3 of 64 bits of each of its whole mebibytes.
    """

    path: Path
    content: Content
    pieces: tuple[int, ...]


class Tally:
    """Counts bytes as they pass and takes their XXH3.

    That costs a tenth of what reading them does. A digest that withstands forgery would cost more than reading and
    writing together, and guard against nobody: whoever can change a file can change the manifest beside it.
    """

    def __init__(self) -> None:
        self.size = 0
        self._hash = xxhash.xxh3_128()

    def add(self, chunk: bytes | memoryview) -> None:
        """Take in the next piece."""
        self.size += len(chunk)
        self._hash.update(chunk)

    def content(self) -> Content:
        """What has passed so far."""
        return Content(self.size, self._hash.hexdigest())


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Announce every file operation and fault point to ``observer`` while the block runs."""
    global _observer
    previous, _observer = _observer, observer
    try:
        yield
    finally:
        _observer = previous


def fault_point(name: FaultPoint) -> None:
    """Mark a place where a test may stop the process; without an observer it does nothing."""
    if _observer is not None:
        _observer("fault_point", name)


def atomic_write_stream(
    path: Path, chunks: Iterable[bytes | memoryview], *, expected: Content | None = None
) -> Content:
    """Write a file from pieces so that it is there whole or not at all; returns what was written.

    Args:
        path: the file.
        chunks: its pieces; each is done with before the next is asked for.
        expected: what they must amount to.

    Raises:
        CheckpointError: what came was not ``expected``; the file is as it was.
    """
    tally = Tally()
    with _replacement(path) as temporary, _create(temporary) as file:
        for chunk in chunks:
            _announce("write", temporary)
            _write_all(file, chunk)
            tally.add(chunk)
            if expected is not None and tally.size > expected.size:
                break
        if expected is not None and tally.content() != expected:
            raise _unexpected(path)
        _sync(file, temporary)
    return tally.content()


def atomic_write_bytes(path: Path, data: bytes) -> Content:
    """Write a file so that it is there whole or not at all."""
    return atomic_write_stream(path, [data])


def atomic_write_text(path: Path, text: str) -> Content:
    """Write a UTF-8 text file so that it is there whole or not at all."""
    return atomic_write_bytes(path, text.encode("utf-8"))


def atomic_write_json(path: Path, data: Any, *, indent: int | None = 2) -> Content:
    """Write a JSON file so that it is there whole or not at all; without an indent it is ten times faster."""
    return atomic_write_text(path, json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


class CopyUnderWay:
    """A copy that has been read; in the background it is being written to the disk, under a temporary name.

    Args:
        copy: what it will be.
        temporary: its name until then.
        steps: what is left to do, in this order.
    """

    def __init__(self, copy: Copy, temporary: Path, steps: Sequence[Future[None]]) -> None:
        self.copy, self._temporary, self._steps = copy, temporary, steps

    def finish(self) -> Copy:
        """Wait for the disk, and put the copy in its place; after Ctrl-C it may be called again."""
        with _deleted_on_error(self._temporary):
            with named(self.copy.path):
                for error in [step.exception() for step in self._steps]:  # all have ended before the first is raised
                    if error is not None:
                        raise error
            if self._temporary.exists():
                replace(self._temporary, self.copy.path)
        return self.copy


def pieces_in_memory(count: int) -> list[memoryview]:
    """Memory for so many mebibytes, in whole pages, as a disk takes them without a copy of the system's."""
    pages = memoryview(mmap.mmap(-1, count * CHUNK))
    return [pages[start : start + CHUNK] for start in range(0, len(pages), CHUNK)]


def begin_copy(
    source: Path, target: Path, *, over: Copy | None = None, memory: Sequence[memoryview] | None = None
) -> CopyUnderWay:
    """Copy a file. Afterwards the source may change; the copy is there when it is finished.

    Where the system can, the copy goes past its cache: nobody will read it soon, and it would push out what is read.

    Args:
        source: the file.
        target: where the copy is to be.
        over: an older copy to be given up for this one, on the same disk. The mebibytes that it holds already, by their
            hash, are not written again: damage that they have suffered since stays, and verifying finds it. It is
            only deleted where writing would reach others: it is a link, has further names, or somebody reads it.
        memory: from ``pieces_in_memory``, for what is read before the disk has written it; in use until the end.
    """
    from concurrent.futures import ThreadPoolExecutor  # not for every command that starts

    temporary = temporary_name(target)
    tally, pieces = Tally(), list[int]()
    free = deque(memory or pieces_in_memory(2))
    writing: deque[tuple[Future[None], memoryview]] = deque()
    with FileIO(source, "rb") as read, _deleted_on_error(temporary), named(target), ExitStack() as opened:
        file, known = _begun_over(over, temporary)
        opened.enter_context(file)
        background = opened.enter_context(ThreadPoolExecutor(1))
        while True:
            if not free:
                step, buffer = writing.popleft()
                step.result()
                free.append(buffer)
            offset, buffer = tally.size, free[0]
            if not (count := _fill(buffer, read)):
                break
            with buffer[:count] as chunk:
                tally.add(chunk)
                if count == CHUNK:
                    pieces.append(xxhash.xxh3_64_intdigest(chunk))
                    if known[len(pieces) - 1 : len(pieces)] == (pieces[-1],):
                        continue
            _announce("write", temporary)
            writing.append((background.submit(_write_at, file, offset, buffer, count), free.popleft()))
        if known:
            _announce("write", temporary)
        _announce("sync", temporary)
        last = background.submit(_complete, file, tally.size)
        background.shutdown(wait=False)
        opened.pop_all()
    steps = [*(step for step, _ in writing), last]
    return CopyUnderWay(Copy(target, tally.content(), tuple(pieces)), temporary, steps)


def copy_synced(source: Path, target: Path, *, over: Copy | None = None) -> Copy:
    """Copy a file, synced and renamed into place: ``begin_copy`` and the waiting for it."""
    return begin_copy(source, target, over=over).finish()


def append_synced(path: Path, data: bytes) -> None:
    """Add bytes to the end of a file and sync it; after a failed write the file is as long as before."""
    new = not path.exists()
    with named(path), FileIO(path, "ab", opener=_private) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            _announce("append", path)
            _write_all(file, data)
            _sync(file, path)
        except OSError:
            with suppress(OSError):
                file.truncate(before)
            raise
    if new:
        sync_folder(path.parent)


def replace(source: Path, target: Path) -> None:
    """Rename a file over another and sync the folder."""
    _announce("rename", target)
    with named(target):
        _patiently(lambda: source.replace(target))
    sync_folder(target.parent)


def unlink(path: Path) -> None:
    """Delete a file, if it is there."""
    if not path.exists():
        return
    _announce("unlink", path)
    with named(path):
        _patiently(lambda: path.unlink(missing_ok=True))
    sync_folder(path.parent)


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner can read (where the system knows such a thing)."""
    make_folder(path, PRIVATE_FOLDER)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Create a folder and those above it, unless it is there.

    Raises:
        ConfigurationError: it cannot be, with the folder named.
    """
    if path.is_dir():
        return
    _announce("make_folder", path)
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
    _announce("sync_folder", folder)
    with named(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot sync a folder
                raise
        finally:
            os.close(handle)


def content_of(path: Path) -> Content:
    """Size and XXH3 of a file, read piece by piece."""
    tally = Tally()
    for chunk in read_chunks(path):
        tally.add(chunk)
    return tally.content()


def read_chunks(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces of a mebibyte."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _begun_over(over: Copy | None, temporary: Path) -> tuple[FileIO, Sequence[int]]:
    """A file to write to, and the hashes of the pieces that it holds already."""
    if over is not None:
        replace(over.path, temporary)
        if (file := _opened_alone(temporary)) is not None:
            return file, over.pieces
        unlink(temporary)
    return _create(temporary, cached=False), ()


def _opened_alone(path: Path) -> FileIO | None:
    """A file open for writing; None where it is not this user's alone to write to.

    The caller has renamed it, so that nobody opens it from now on. DuckDB and others who read it have it locked.
    """
    found = path.lstat()
    if (
        not stat.S_ISREG(found.st_mode)
        or found.st_nlink != 1
        or (hasattr(os, "geteuid") and found.st_uid != os.geteuid())
    ):
        return None
    try:
        file = FileIO(path, "rb+", opener=_private_uncached)
    except PermissionError:
        return None
    if sys.platform != "win32":  # where nobody else can have it open
        import fcntl

        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        os.fchmod(file.fileno(), PRIVATE_FILE)
    return file


def _write_at(file: FileIO, offset: int, buffer: memoryview, count: int) -> None:
    file.seek(offset)
    with buffer[:count] as chunk:
        _write_all(file, chunk)


def _complete(file: FileIO, size: int) -> None:
    with file:
        file.truncate(size)
        _flush(file)


def _fill(memory: memoryview, file: FileIO) -> int:
    filled = 0
    while filled < len(memory):
        with memory[filled:] as rest:
            count = file.readinto(rest)
        if not count:
            break
        filled += count
    return filled


@contextmanager
def _replacement(path: Path) -> Iterator[Path]:
    """A temporary name to write under; afterwards the file is put in place, or in case of an error deleted."""
    temporary = temporary_name(path)
    with _deleted_on_error(temporary):
        with named(path):
            yield temporary
        replace(temporary, path)


@contextmanager
def _deleted_on_error(temporary: Path) -> Iterator[None]:
    try:
        yield
    except Exception:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def temporary_name(path: Path) -> Path:
    """The name a file has while it is being written; it ends in ``.tmp``."""
    return path.with_name(f"{path.name}.{os.getpid()}.tmp")


def _unexpected(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} was not written: what was read for it is not what its checkpoint recorded",
        remedy="`planalign checkpoints verify` says which checkpoints are sound; `clean` removes the others.",
    )


def _announce(operation: Operation, path: Path) -> None:
    if _observer is not None:
        _observer(operation, str(path))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)


def _private_uncached(path: str, flags: int) -> int:
    try:
        return _private(path, flags | _UNCACHED)
    except OSError as error:
        if error.errno != errno.EINVAL:  # the file system knows no such thing
            raise
        return _private(path, flags)


def _create(path: Path, *, cached: bool = True) -> FileIO:
    _announce("create", path)
    return FileIO(path, "wb", opener=_private if cached else _private_uncached)


def _write_all(file: FileIO, data: bytes | memoryview) -> None:
    with memoryview(data) as whole:
        done = 0
        while done < len(whole):
            if (len(whole) - done) % mmap.PAGESIZE:
                _use_cache(file)
            try:
                done += file.write(whole[done:])
            except OSError as error:
                if error.errno != errno.EINVAL or not _use_cache(file):
                    raise


def _use_cache(file: FileIO) -> bool:
    """Let a file take any piece from now on; says whether it took only aligned pages before."""
    if not _UNCACHED:
        return False
    import fcntl

    flags = fcntl.fcntl(file.fileno(), fcntl.F_GETFL)
    fcntl.fcntl(file.fileno(), fcntl.F_SETFL, flags & ~_UNCACHED)
    return bool(flags & _UNCACHED)


def _sync(file: FileIO, path: Path) -> None:
    _announce("sync", path)
    _flush(file)


def _flush(file: FileIO) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the drive's cache there
    else:
        os.fsync(file.fileno())


def _patiently(action: Callable[[], _Result]) -> _Result:
    """Repeat an action that Windows refuses while a virus scanner or indexer holds the file."""
    for wait in _RETRY_WAITS:
        try:
            return action()
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _SHARING_VIOLATIONS:
                raise
            time.sleep(wait)
    return action()


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a sentence that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise OutOfResourcesError(
                f"the disk is full: {path} could not be written",
                remedy=f"Free some space where {path.parent} is (`planalign checkpoints clean` removes checkpoints "
                "that are not needed), then go on with --resume-from-checkpoint.",
            ) from error
        if error.errno in _FORBIDDEN:
            raise ConfigurationError(
                f"{path} cannot be written: {error.strerror}",
                remedy=f"Make {path.parent} writable and close programs that have its files open, or choose another "
                "folder with --output.",
            ) from error
        if error.errno in _IN_THE_WAY:
            raise ConfigurationError(
                f"{path} cannot be written: a file stands where a folder is needed, or a folder where a file is",
                remedy="Move it away, or choose another folder with --output.",
            ) from error
        raise
