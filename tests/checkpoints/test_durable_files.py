"""Files are there whole or not at all, and errors of the system become sentences."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from planalign_orchestrator.errors import CheckpointError, ConfigurationError, OutOfResourcesError
from planalign_orchestrator.storage import durable
from tests.operations import observing


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
    with observing(lambda operation, name: seen.append(operation)):
        durable.atomic_write_text(tmp_path / "file", "text")
    assert seen == ["create", "write", "sync", "rename", *(["sync_folder"] if sys.platform != "win32" else [])]


@pytest.mark.parametrize("operation", ["create", "write", "sync", "rename"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, operation: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(seen: str, name: str) -> None:
        if seen == operation:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError), observing(fail):
        durable.atomic_write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [0, 17, 4096, durable.CHUNK, 3 * durable.CHUNK + 17, 3 * durable.CHUNK + 12_288])
def test_a_copy_is_what_was_copied_with_size_and_hash(tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(size))
    content = durable.copy_synced(source, target)
    assert content == durable.content_of(source) == durable.content_of(target)
    assert target.read_bytes() == source.read_bytes()


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="there is one way only")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_file_system_without_a_way_past_the_cache_is_written_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "source").write_bytes(os.urandom(8192))
    open_file, refused = os.open, []

    def refusing(path: str | Path, flags: int, *arguments: int) -> int:
        if flags & os.O_DIRECT:
            refused.append(path)
            raise OSError(number, os.strerror(number))
        return open_file(path, flags, *arguments)

    monkeypatch.setattr(os, "open", refusing)
    if number == errno.EINVAL:
        durable.copy_synced(tmp_path / "source", tmp_path / "target")
        assert (tmp_path / "target").read_bytes() == (tmp_path / "source").read_bytes()
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            durable.copy_synced(tmp_path / "source", tmp_path / "target")
        assert [path.name for path in tmp_path.iterdir()] == ["source"]
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, OutOfResourcesError), (errno.EROFS, ConfigurationError), (errno.EACCES, ConfigurationError)],
)
def test_system_errors_name_the_file_and_a_remedy(tmp_path: Path, number: int, kind: type[CheckpointError]) -> None:
    def fail(operation: str, name: str) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(kind, match="precious") as caught, observing(fail):
        durable.atomic_write_text(tmp_path / "precious", "text")
    assert caught.value.remedy


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
