"""Small files that stand for gigabytes: refused before they take disk or memory."""

import datetime as dt
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.errors import CensusError
from planalign_orchestrator.storage import durable

HEADINGS = b"employee_id,birth_date,hire_date,annual_compensation\n"


def _gzip(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content))


def _zip(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", content)


def refusal(path: Path) -> str:
    with pytest.raises(CensusError) as caught:
        read_census(path, as_of=dt.date(2024, 12, 31), output=path.with_name("census.parquet"))
    return caught.value.message


@pytest.mark.parametrize("pack", [_gzip, _zip])
def test_what_unpacks_to_far_more_than_text_does_is_refused(
    pack: Callable[[Path, bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_LARGE_UNPACKED", 2 << 20)
    pack(tmp_path / "people.bin", HEADINGS + b"1,1980-01-01,2020-01-01,50000\n" * 200_000)
    assert "unpacks to more than 0.00" in refusal(tmp_path / "people.bin")
    assert not list(tmp_path.glob("**/unpacked"))


def test_a_parquet_file_of_one_row_many_times_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_LARGE_UNPACKED", 2 << 20)
    everybody = (
        "select 'E' as id, date '1980-01-01' as dob, date '2020-01-01' as hire_date, 5e4 as pay from range(1000000)"
    )
    duckdb.sql(f"copy ({everybody}) to '{tmp_path / 'people.parquet'}' (row_group_size 1000000)")
    assert "people.parquet: it unpacks to more than 0.00" in refusal(tmp_path / "people.parquet")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"0" * 17_000_000, "line 2 is longer than 16,000,000 characters"),
        (b"0," * 20_000, "line 2 has more than 16,384 columns"),
        (b"\t" * 20_000, "line 2 has more than 16,384 columns"),
    ],
)
def test_a_line_without_end_is_refused_by_its_number(line: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(HEADINGS + line)
    assert said in refusal(tmp_path / "people.csv")
