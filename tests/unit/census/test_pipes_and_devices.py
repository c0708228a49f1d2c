"""A census may come out of a pipe, which is read once and not without end; a device is none."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from planalign_orchestrator.census import source
from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.errors import CensusError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such devices and pipes")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=[b"employee_id\n1\n"], daemon=True).start()
    return path


def test_what_comes_out_of_a_pipe_is_a_file_from_then_on(pipe: Path, tmp_path: Path) -> None:
    file = resolve_source(pipe, tmp_path / "download")
    assert file.read_bytes() == file.read_bytes() == b"employee_id\n1\n"


def test_a_pipe_without_end_is_left(pipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_MOST_OF_A_PIPE", 0)
    with pytest.raises(CensusError, match="came out of this pipe"):
        resolve_source(pipe, tmp_path / "download")
    assert list((tmp_path / "download").iterdir()) == []


def test_a_device_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(CensusError, match="is a device"):
        resolve_source("/dev/zero", tmp_path)
    with pytest.raises(CensusError, match="is a device"):
        read_census(Path("/dev/zero"), output=tmp_path / "checked.parquet")
