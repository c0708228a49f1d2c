"""The day that a census describes, when nobody says: what has happened tells it, and not what is announced."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from census_files import read

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.refusal import CensusRefusedError

HEADS = "id,dob,doh,salary,term,status,pay date"


def hired(year: int, count: int, **more: str) -> list[str]:
    """People hired in a year; more is text of further cells."""
    cells = (more.get(name, "") for name in ("term", "status", "paid"))
    rest = ",".join(cells)
    return [
        f"{year}x{n}x{more.get('term', '')},19{60 + n % 30}-05-{n % 28 + 1},{year}-03-02,5e4,{rest}"
        for n in range(count)
    ]


def read_of(folder: Path, *rows: list[str]) -> CensusIntake:
    path = folder / "people.csv"
    path.write_text("\n".join([HEADS, *(row for some in rows for row in some)]) + "\n", encoding="utf-8")
    return read(path, as_of=None)


STAFF = [*hired(2022, 10), *hired(2023, 10), *hired(2024, 10)]


def test_announced_exits_are_of_no_year_of_the_file(tmp_path: Path) -> None:
    intake = read_of(tmp_path, STAFF, hired(2015, 4, term="2025-03-31"))
    assert intake.as_of == dt.date(2024, 12, 31)
    said = "exits after 2024-12-31 are announced ones: these people are employed until then. (4 rows, such as row 32)"
    assert any(said in note for note in intake.notes)


@pytest.mark.parametrize(
    ("rows", "year"),
    [
        ([*STAFF, *hired(2015, 4, term="2025-03-31", status="Terminated")], 2025),
        ([*hired(2024, 2), *hired(2015, 4, term="2025-03-31", status="Active")], 2024),
        ([*hired(2024, 2), *hired(2015, 4, term="2025-03-31")], 2025),
        ([*hired(2021, 9), *hired(2015, 4, term="2022-03-31"), *hired(2016, 4, term="2023-03-31")], 2023),
        ([*hired(2024, 9, paid="2024-12-27"), *hired(2015, 4, term="2025-03-31", status="T", paid="2024-12-27")], 2024),
    ],
    ids=["of people who left", "of people at work", "where few are hired", "of several years", "after the pay days"],
)  # fmt: skip
def test_later_exits_tell_the_year_where_they_have_happened(tmp_path: Path, rows: list[str], year: int) -> None:
    assert read_of(tmp_path, rows).as_of == dt.date(year, 12, 31)


@pytest.mark.parametrize("year", [2032, 2094])
def test_a_typing_error_is_no_year(tmp_path: Path, year: int) -> None:
    with pytest.raises(CensusRefusedError, match=f"'{year}-03-02' is a hire after the as-of date 2024-12-31"):
        read_of(tmp_path, STAFF, hired(year, 1))


def test_one_hire_after_years_of_none_is_no_typing_error(tmp_path: Path) -> None:
    assert read_of(tmp_path, hired(2015, 30), hired(2019, 1)).as_of == dt.date(2019, 12, 31)


def test_exits_years_ahead_are_strange(tmp_path: Path) -> None:
    intake = read_of(tmp_path, STAFF, hired(2015, 1, term="2044-03-31"))
    assert intake.as_of == dt.date(2024, 12, 31)
    assert any("more than three years after 2024-12-31" in entry.text for entry in intake.quality)


def test_a_file_without_a_date_has_a_year_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CensusRefusedError, match="there is no column hire_date"):
        read(path, as_of=None)
