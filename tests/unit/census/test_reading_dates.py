"""Dates in every way of writing them; month or day first is decided for the whole column, and told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from census_files import canonical, people, read, read_rows, write_csv
from hypothesis import given, settings, strategies as st

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.census.sql import teach_reading
from planalign_orchestrator.census.whole_columns import DateReading

MARCH_4 = dt.date(2019, 3, 4)


def hired(folder: Path, *texts: str, **options: str) -> tuple[CensusIntake, list[dt.date]]:
    intake, rows = read_rows(folder, *({"hire_date": text} for text in texts), **options)
    return intake, [row["hire_date"] for row in rows]


WAYS = (
    "2019-03-04", "2019-3-4", "2019/03/04", "2019.03.04", "20190304", "2019-03-04 00:00:00", "2019-03-04T08:30:00Z",
    "2019-03-04 00:00:00+00", "2019-03-04T00:00:00.000-05:00", "03/04/2019", "3/4/2019", "03/04/2019 12:00:00 AM",
    "3/4/2019 0:00", "03-04-2019", "04.03.2019", "4.3.2019", "4-Mar-2019", "04-MAR-2019", "4 March 2019", "4Mar2019",
    "March 4, 2019", "Mar 4 2019", "Mar. 4, 2019", "2019-Mar-04", "43528", "43528.0", "43528.75", "3/4/19",
    "4-Mar-19", "04.03.19",
)  # fmt: skip


def test_one_day_in_every_way_of_writing(tmp_path: Path) -> None:
    _, found = hired(tmp_path, *WAYS)
    assert dict(zip(WAYS, found, strict=True)) == dict.fromkeys(WAYS, MARCH_4)


@pytest.mark.parametrize("text", ["2019-02-29", "13/13/2019", "0/4/2019", "2019", "4/2019", "yesterday", "12345678",
                                  "1899-12-31", "2200-01-01", "03/04/201", "3/4/20191", "2019-03-04 noon", "infinity",
                                  "epoch", "9999-12-31", "99999"])  # fmt: skip
def test_what_is_no_date_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CensusRefusedError, match="is not a date"):
        hired(tmp_path, text)


def test_a_leap_day_is_read(tmp_path: Path) -> None:
    assert hired(tmp_path, "2016-02-29", "2/29/2016")[1] == [dt.date(2016, 2, 29)] * 2


def test_the_column_tells_that_days_come_first(tmp_path: Path) -> None:
    intake, found = hired(tmp_path, "3/4/2019", "25/4/2019")
    assert found == [dt.date(2019, 4, 3), dt.date(2019, 4, 25)]
    assert any("day first (1 of 2 dates show it)" in note for note in intake.notes)


def test_another_column_tells_when_this_one_does_not(tmp_path: Path) -> None:
    intake, rows = read_rows(tmp_path, {"hire_date": "3/4/2019", "birth_date": "25/4/1980"})
    assert rows[0]["hire_date"] == dt.date(2019, 4, 3)
    assert any("the file's other dates show it" in note for note in intake.notes)


def test_without_any_sign_months_come_first_and_that_is_told(tmp_path: Path) -> None:
    intake, found = hired(tmp_path, "3/4/2019", "1/2/2018")
    assert found == [MARCH_4, dt.date(2018, 1, 2)]
    assert any("month first (nothing in the file shows it" in note for note in intake.notes)


def test_the_order_asked_for_wins(tmp_path: Path) -> None:
    assert hired(tmp_path, "3/4/2019", date_order="day_first")[1] == [dt.date(2019, 4, 3)]
    assert hired(tmp_path, "4.3.2019", date_order="month_first")[1] == [dt.date(2019, 4, 3)]
    with pytest.raises(CensusRefusedError, match=r"'25/4/2019' is not a date.*month first here \(see --date-order\)"):
        hired(tmp_path, "25/4/2019", date_order="month_first")


def test_a_column_of_both_orders_keeps_the_commoner_one(tmp_path: Path) -> None:
    rows = people({"hire_date": "4/25/2019"}, {"hire_date": "25/4/2019"}, {"hire_date": "5/26/2019"})
    file = write_csv(tmp_path / "people.csv", rows)
    with pytest.raises(CensusRefusedError) as caught:
        read(file)
    assert [fault.row for fault in caught.value.findings.faults] == [3]


def test_two_digit_years_fall_before_the_as_of_date_and_that_is_told(tmp_path: Path) -> None:
    intake, rows = read_rows(tmp_path, {"birth_date": "5/17/25", "hire_date": "3/4/24", "termination_date": "1/1/25"})
    assert rows[0]["birth_date"] == dt.date(1925, 5, 17)
    assert rows[0]["hire_date"] == dt.date(2024, 3, 4)
    assert rows[0]["termination_date"] == dt.date(2025, 1, 1)
    assert any("birth_date: years of two digits (1) were read as 1911 to 2010" in note for note in intake.notes)


def test_spreadsheet_numbers_are_told(tmp_path: Path) -> None:
    intake, found = hired(tmp_path, "43528")
    assert found == [MARCH_4]
    assert "hire_date: 1 numbers such as 43528 were read as spreadsheet dates." in intake.notes


@pytest.mark.parametrize("text", ["9999-12-31", "12/31/9999"])
def test_a_termination_in_9999_means_still_employed(tmp_path: Path, text: str) -> None:
    intake, rows = read_rows(tmp_path, {"termination_date": text, "status": "active"})
    assert rows[0]["termination_date"] is None
    assert "termination_date: 1 cell with dates such as 0000-00-00, read as none." in intake.notes


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    days=st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)), min_size=1, max_size=50),
    style=st.sampled_from(["%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%B %d, %Y", "%Y%m%d", "%d%b%Y"]),
)
def test_every_day_comes_back_as_written(days: list[dt.date], style: str) -> None:
    reading = DateReading("hire_date", "month_first", "day_first", 2024)
    query = f"SELECT of_a_life({reading.parsed}) FROM (SELECT unnest(?) AS hire_date)"
    with duckdb.connect() as connection:
        teach_reading(connection)
        found = connection.execute(query, [[day.strftime(style) for day in days]]).fetchall()
    assert [row[0] for row in found] == days


def test_canonical_dates_are_dates(tmp_path: Path) -> None:
    intake, _ = hired(tmp_path, "3/4/2019")
    assert type(canonical(intake.output)[0]["hire_date"]) is dt.date
