"""A full disk at any write: a clear refusal, nothing lost, and a resume once there is room."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import run_log
from planalign_orchestrator.storage.overview import Overview
from tests.checkpoints.tiny_run import operations_of, result, run
from tests.operations import Observer, observing
from tests.security.conftest import say

WRITING = ("create", "write", "sync")


def _full_from(number: int) -> Observer:
    seen = 0

    def fail(operation: str, name: str) -> None:
        nonlocal seen
        if operation in WRITING:
            seen += 1
            if seen >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return fail


def test_full_at_a_write_is_said_and_resumed(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    writes = sum(operation in WRITING for operation, _ in operations_of(tmp_path / "counted"))
    for number in range(1, writes + 1, 9):
        root = tmp_path / str(number)
        with (
            pytest.raises(OutOfResourcesError, match="the disk is full") as caught,
            observing(_full_from(number)),
        ):
            run(root)
        assert str(root) in caught.value.message
        assert not list(root.rglob("*.tmp"))
        run(root, resume=True)
        assert result(root) == undisturbed


@pytest.mark.slow
def test_only_a_run_is_told_to_resume(tmp_path: Path, small_census: Path) -> None:
    def full(operation: str, name: str) -> None:
        if operation == "write" and "run.json" in name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with observing(full):
        said = say("run", "--census", small_census, "--years", "2025", "--output", tmp_path)
    assert said.code == 5 and "run.json could not be written" in said.err
    assert "and repeat the command. With --resume-from-checkpoint" in said.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    where = tmp_path / "small"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(where)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        yield where
    finally:
        subprocess.run(["umount", where], check=True)


@pytest.mark.parametrize("room", [200_000, 1_000_000, 1_800_000, 3_000_000, 4_200_000])
def test_a_disk_that_is_really_full(small_disk: Path, undisturbed: dict[str, Any], room: int) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * (6 * 1024 * 1024 - room))
    root = small_disk / "run"
    with pytest.raises((OutOfResourcesError, duckdb.Error, OSError)):
        run(root)
    ballast.unlink()
    run(root, resume=True)
    assert result(root) == undisturbed


@pytest.fixture
def sealed_disk(finished: Path, small_disk: Path) -> Path:
    """A finished run on a file system that can only be read."""
    shutil.copytree(finished, small_disk / "run")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    return small_disk / "run"


def test_a_read_only_disk_is_named_and_can_still_be_looked_at(sealed_disk: Path, undisturbed: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"run\.lock cannot be written: Read-only"):
        run(sealed_disk, resume=True)
    with pytest.raises(ConfigurationError, match=r"run\.log cannot be written: Read-only"), run_log(sealed_disk, "id"):
        pass
    found = Overview(RunFolder(sealed_disk), dt.datetime.now().astimezone())
    assert found.state == "finished" and [copy["state"] for copy in found.copies] == ["usable", "usable"]
    assert result(sealed_disk) == undisturbed


def test_the_result_before_survives_a_full_disk(finished: Path, undisturbed: dict[str, Any]) -> None:
    before = RunFolder(finished).database.read_bytes()
    with pytest.raises(OutOfResourcesError), observing(_full_from(9)):
        run(finished)
    assert RunFolder(finished).database.read_bytes() == before
    assert result(finished) == undisturbed
