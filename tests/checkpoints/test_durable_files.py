"""Files are there whole or not at all, and errors of the system become sentences."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
import xxhash

from planalign_orchestrator import durable
from planalign_orchestrator.errors import CheckpointError, ConfigurationError, OutOfResourcesError


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")
    durable.atomic_write_json(path, {"key": "wert ä"})
    assert path.read_text(encoding="utf-8") == '{\n  "key": "wert ä"\n}\n'
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_order_is_write_sync_rename_sync_of_the_folder(tmp_path: Path) -> None:
    seen: list[str] = []
    with durable.observing(lambda operation, name: seen.append(operation)):
        durable.atomic_write_text(tmp_path / "file", "text")
    assert seen == ["create", "write", "sync", "rename", *(["sync_folder"] if sys.platform != "win32" else [])]


@pytest.mark.parametrize("operation", ["create", "write", "sync", "rename"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, operation: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(seen: str, name: str) -> None:
        if seen == operation:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError), durable.observing(fail):
        durable.atomic_write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_copy_reports_size_and_hash(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    pieces = [os.urandom(durable.CHUNK) for _ in range(3)]
    source.write_bytes(b"".join(pieces) + os.urandom(17))
    copy = durable.copy_synced(source, target)
    assert copy.content == durable.content_of(source) == durable.content_of(target)
    assert (copy.path, copy.pieces) == (target, tuple(map(xxhash.xxh3_64_intdigest, pieces)))


@pytest.mark.parametrize(
    ("older", "newer", "written"),
    [
        ("abc", "abc", []),
        ("abc", "abd", ["d"]),
        ("abc", "abcde", ["d", "e"]),
        ("abcde", "abc", []),
        ("abcde", "bab", ["b", "a", "b"]),
        ("abc", "abc+", ["+"]),
        ("abc+", "abc-", ["-"]),
        ("abc+", "abc", []),
        ("ab+", "abc", ["c"]),
        ("", "ab", ["a", "b"]),
    ],
)
def test_a_copy_over_an_older_one_writes_only_what_that_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: str, newer: str, written: list[str]
) -> None:
    def content(letters: str) -> bytes:
        return b"".join(letter.encode() * (durable.CHUNK if letter.isalpha() else 4096 + 17) for letter in letters)

    source, first, target = tmp_path / "source", tmp_path / "first", tmp_path / "target"
    source.write_bytes(content(older))
    base = durable.copy_synced(source, first)
    source.write_bytes(content(newer))
    seen: list[str] = []
    write_all = durable._write_all

    def noted(file: FileIO, data: memoryview) -> None:
        seen.append(chr(data[0]))
        write_all(file, data)

    monkeypatch.setattr(durable, "_write_all", noted)
    copy = durable.copy_synced(source, target, over=base)
    assert seen == written
    assert target.read_bytes() == source.read_bytes()
    assert copy.content == durable.content_of(target)
    assert sorted(tmp_path.iterdir()) == [source, target]


def test_damage_to_an_older_copy_stays_and_is_found(tmp_path: Path) -> None:
    source, first, target = tmp_path / "source", tmp_path / "first", tmp_path / "target"
    source.write_bytes(b"a" * 2 * durable.CHUNK)
    base = durable.copy_synced(source, first)
    with first.open("r+b") as file:
        file.write(b"b")
    copy = durable.copy_synced(source, target, over=base)
    assert copy.content == durable.content_of(source) != durable.content_of(target)


def test_a_failed_copy_over_an_older_one_leaves_neither(tmp_path: Path) -> None:
    source, first, target = tmp_path / "source", tmp_path / "first", tmp_path / "target"
    source.write_bytes(b"a" * durable.CHUNK)
    base = durable.copy_synced(source, first)

    def fail(seen: str, name: str) -> None:
        if seen == "sync":
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OutOfResourcesError, match="target could not be written"), durable.observing(fail):
        durable.copy_synced(source, target, over=base)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("pieces", [1, 2, 3, 64])
def test_what_a_copy_is_made_of_may_change_while_the_disk_writes_it(tmp_path: Path, pieces: int) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    content = os.urandom(5 * durable.CHUNK + 17)
    source.write_bytes(content)
    memory = durable.pieces_in_memory(pieces)
    for _ in range(2):  # the memory serves again
        under_way = durable.begin_copy(source, target, memory=memory)
        source.write_bytes(b"of the next year")
        assert not target.exists()
        under_way.finish()
        assert target.read_bytes() == content
        source.write_bytes(target.read_bytes())
        target.unlink()


@pytest.mark.parametrize("written", [0, 2])
def test_what_fails_in_the_background_is_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(3 * durable.CHUNK))
    left, write_all = [written], durable._write_all

    def fail(file: FileIO, data: memoryview) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "full")
        write_all(file, data)

    monkeypatch.setattr(durable, "_write_all", fail)
    closed: list[bool] = []
    complete = durable._complete

    def slowly(file: FileIO, size: int) -> None:
        time.sleep(0.1)
        complete(file, size)
        closed.append(file.closed)

    monkeypatch.setattr(durable, "_complete", slowly)
    under_way = durable.begin_copy(source, target, memory=durable.pieces_in_memory(8))
    with pytest.raises(OutOfResourcesError, match="target could not be written"):
        under_way.finish()
    assert closed == [True], "nothing writes any more, and the space is free"
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="only Linux writes past its cache")
@pytest.mark.parametrize("refused", ["open", "write"])
def test_a_file_system_that_only_writes_through_its_cache_gets_the_copy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(2 * durable.CHUNK + 4096))
    refusals = 0

    def refuse() -> None:
        nonlocal refusals
        refusals += 1
        raise OSError(errno.EINVAL, "Invalid argument")

    def opened(path: str, flags: int, mode: int = 0o777, *, open_file: Any = os.open) -> int:
        if refused == "open" and flags & os.O_DIRECT:
            refuse()
        return int(open_file(path, flags, mode))

    class Refusing(FileIO):
        def write(self, data: Any) -> int:
            if refused == "write" and fcntl.fcntl(self.fileno(), fcntl.F_GETFL) & os.O_DIRECT:
                refuse()
            return super().write(data)

    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(durable, "FileIO", Refusing)
    assert durable.copy_synced(source, target).content == durable.content_of(source)
    assert refusals == 1
    assert target.read_bytes() == source.read_bytes()


def test_unexpected_content_is_not_put_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(CheckpointError, match="not what its checkpoint recorded"):
        durable.atomic_write_stream(path, [b"abc"], expected=durable.Content(3, ""))
    assert not path.exists()


def test_more_than_expected_is_not_even_written(tmp_path: Path) -> None:
    def endless() -> object:
        while True:
            yield b"\0" * 1000

    with pytest.raises(CheckpointError):
        durable.atomic_write_stream(tmp_path / "file", endless(), expected=durable.Content(5000, ""))


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, OutOfResourcesError), (errno.EROFS, ConfigurationError), (errno.EACCES, ConfigurationError)],
)
def test_system_errors_name_the_file_and_a_remedy(tmp_path: Path, number: int, kind: type[CheckpointError]) -> None:
    def fail(operation: str, name: str) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(kind, match="precious") as caught, durable.observing(fail):
        durable.atomic_write_text(tmp_path / "precious", "text")
    assert caught.value.remedy


def test_a_failed_append_leaves_the_file_as_long_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines"
    durable.append_synced(path, b"first\n")

    def half(file: object, data: bytes) -> None:
        file.write(data[:3])  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(durable, "_write_all", half)
    with pytest.raises(OutOfResourcesError):
        durable.append_synced(path, b"second\n")
    assert path.read_bytes() == b"first\n"


def test_a_sharing_violation_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    error = PermissionError(errno.EACCES, "used by another process")
    error.winerror = 32  # type: ignore[attr-defined]
    replace, failures = Path.replace, [error, error]

    def busy(self: Path, target: Path) -> Path:
        if failures:
            raise failures.pop()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    durable.atomic_write_text(tmp_path / "file", "text")
    assert (tmp_path / "file").read_text() == "text"
    assert len(waits) == 2


def test_a_missing_permission_is_not_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "forbidden")

    monkeypatch.setattr(Path, "replace", forbidden)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("waited"))
    with pytest.raises(ConfigurationError):
        durable.atomic_write_text(tmp_path / "file", "text")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    folder.mkdir(mode=0o500)
    with pytest.raises(ConfigurationError, match="sealed"):
        durable.atomic_write_text(folder / "file", "text")
