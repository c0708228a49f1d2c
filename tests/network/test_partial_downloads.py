"""A download that cannot be put on the disk ends with a sentence; what has arrived is kept only if it is of use."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError
from planalign_orchestrator.network.client import retry_after
from planalign_orchestrator.network.download import Partial

URL = "https://files.example/census.csv"


def arrived(destination: Path, validator: str | None) -> Partial:
    """A download of which a piece is there."""
    partial = Partial(destination, URL)
    with partial.open(append=False, validator=validator) as file:
        partial.write(file, b"piece")
    return partial


def test_a_destination_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "census").touch()
    with pytest.raises(ConfigurationError, match=r"census\.csv cannot be written"):
        Partial(tmp_path / "census" / "census.csv", URL).open(append=False, validator=None)


def test_a_destination_that_is_a_folder_is_told(tmp_path: Path) -> None:
    destination = tmp_path / "census.csv"
    partial = arrived(destination, None)
    (destination / "in the way").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        partial.land()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    class Failing:
        def write(self, piece: bytes) -> int:
            raise OSError(errno.ENOSPC, "no")

    with pytest.raises(OutOfResourcesError, match="the disk is full"):
        Partial(tmp_path / "census.csv", URL).write(Failing(), b"piece")  # type: ignore[arg-type]


def test_what_could_not_be_continued_is_removed(tmp_path: Path) -> None:
    arrived(tmp_path / "census.csv", None).keep()
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_continued_is_taken_over_by_the_next_attempt(tmp_path: Path) -> None:
    arrived(tmp_path / "census.csv", '"tag"').keep()
    following = Partial(tmp_path / "census.csv", URL)
    assert following.headers == {"Range": "bytes=5-", "If-Range": '"tag"'}


def test_what_cannot_be_kept_is_removed(tmp_path: Path) -> None:
    partial = arrived(tmp_path / "census.csv", '"tag"')
    (tmp_path / ".census.csv.part" / "in the way").mkdir(parents=True)
    partial.keep()
    assert [path.name for path in tmp_path.iterdir()] == [".census.csv.part"]


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("soon", None), ("", None)])
def test_a_wait_that_is_neither_seconds_nor_a_date_is_none(asked: str, seconds: float | None) -> None:
    assert retry_after(asked) == seconds
