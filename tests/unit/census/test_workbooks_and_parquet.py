"""What Excel and Parquet files have that text files have not: sheets and types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from census_files import canonical, person, read, write_excel, write_parquet

from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import CensusError

TYPED: dict[str, Any] = {
    "Emp #": 1007,
    "DOB": dt.date(1980, 5, 17),
    "Date of Hire": dt.datetime(2015, 3, 2, 8, 30),
    "Salary": 50085.125,
    "Prior Year Comp": 85.125,
    "level": 2.0,
    "Deferral %": 0.075,
    "owner": True,
    "hours": 37.5,
}
EXPECTED: dict[str, Any] = {
    "employee_id": "1007",
    "birth_date": dt.date(1980, 5, 17),
    "hire_date": dt.date(2015, 3, 2),
    "annual_compensation": Decimal("50085.13"),
    "prior_year_compensation": Decimal("85.13"),
    "job_level": 2,
    "deferral_rate": Decimal("0.075"),
    "is_five_percent_owner": True,
}


def typed_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_worksheet("cover").write(0, 0, "Confidential")
        sheet = book.add_worksheet("Staff 2024")
        percent = book.add_format({"num_format": "0.0%"})
        sheet.write_row(2, 0, list(TYPED))
        for position, value in enumerate(TYPED.values()):
            sheet.write(4, position, value, percent if value == 0.075 else None)
    return path


def test_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    intake = read(typed_workbook(tmp_path / "people.xlsx"), sheet="staff 2024")
    (row,) = canonical(intake.output)
    assert {name: row[name] for name in EXPECTED} == EXPECTED
    assert any("Read the sheet 'Staff 2024'; there are also 'cover'" in note for note in intake.notes)
    assert "1 row passed over as blank." in intake.notes


def test_a_cover_sheet_is_refused_and_the_census_named(tmp_path: Path) -> None:
    told = "the first sheet 'cover' is no census; the sheets are 'cover', 'Staff 2024', and 'Staff 2024' looks like one"
    with pytest.raises(CensusError, match=told):
        read(typed_workbook(tmp_path / "people.xlsx"))


def test_a_missing_sheet_names_the_others(tmp_path: Path) -> None:
    with pytest.raises(CensusError, match="no sheet 'Staff'; the sheets are 'cover', 'Staff 2024'"):
        read(typed_workbook(tmp_path / "people.xlsx"), sheet="Staff")


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("nothing")
    with pytest.raises(CensusError, match="the sheet 'nothing' is empty"):
        read(path)


def test_rows_of_a_sheet_are_counted_as_excel_counts(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 1, list(person()))
        sheet.write_row(6, 1, list(person(hire_date="never").values()))
    with pytest.raises(CensusRefusedError) as caught:
        read(path)
    assert [fault.row for fault in caught.value.findings.faults] == [7]


def test_a_workbook_with_a_wrong_extension_is_still_one(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "people.csv", [person()])
    assert read(path).rows_kept == 1


def test_unformatted_dates_of_a_sheet_are_read_and_told(tmp_path: Path) -> None:
    row: dict[str, Any] = {**person(), "hire_date": 42065}
    intake = read(write_excel(tmp_path / "people.xlsx", [row]))
    assert canonical(intake.output)[0]["hire_date"] == dt.date(2015, 3, 2)
    assert any("spreadsheet dates" in note for note in intake.notes)


def parquet(path: Path, columns: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
    return path


def test_columns_of_a_parquet_file_keep_their_types(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "people.parquet",
        """1007.0::DOUBLE AS "Emp #", DATE '1980-05-17' AS "DOB", TIMESTAMP '2015-03-02 08:30:00' AS "Date of Hire",
           50085.125::DOUBLE AS "Salary", 85.125::DOUBLE AS "Prior Year Comp",
           2::UTINYINT AS level, 0.075::FLOAT AS "Deferral %", true AS owner,
           {'a': 1, 'b': [1]} AS extra, 'x' AS remark""",
    )
    intake = read(path)
    (row,) = canonical(intake.output)
    assert {name: row[name] for name in EXPECTED} == EXPECTED
    assert intake.ignored_columns == ("extra", "remark")


def test_points_in_time_are_days_in_utc_on_every_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(**options: Any) -> duckdb.DuckDBPyConnection:
        connection = connect(**options)
        connection.execute("SET TimeZone = 'America/New_York'")
        return connection

    connect = duckdb.connect
    path = parquet(
        tmp_path / "people.parquet",
        """'A' AS id, TIMESTAMPTZ '1980-05-17 00:00:00+00' AS dob, TIMESTAMPTZ '2015-03-01 23:00:00+00' AS hire_date,
           65000 AS pay, TIMESTAMPTZ '2024-03-01 23:00:00+00' AS saved""",
    )
    monkeypatch.setattr(duckdb, "connect", connected)
    intake = read(path)
    (row,) = canonical(intake.output)
    assert (row["birth_date"], row["hire_date"]) == (dt.date(1980, 5, 17), dt.date(2015, 3, 1))
    told = [entry.column for entry in intake.quality if "points in time" in entry.text]
    assert told == ["hire_date"]


def test_a_decimal_of_three_places_is_not_taken_for_thousands(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "people.parquet",
        "'A' AS id, DATE '1980-05-17' AS dob, DATE '2015-03-02' AS hire_date, 850.125::DECIMAL(9,3) AS pay",
    )
    assert canonical(read(path).output)[0]["annual_compensation"] == Decimal("850.13")


def test_names_that_differ_only_in_case_claim_one_meaning(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as files

    columns = [["A"], ["1980-05-17"], ["2015-03-02"], ["5"], ["6"]]
    names = ["id", "dob", "hire_date", "pay", "PAY"]
    files.write_table(pyarrow.table(columns, names=names), tmp_path / "people.parquet")
    with pytest.raises(CensusRefusedError, match="'pay' and 'PAY' all mean annual_compensation"):
        read(tmp_path / "people.parquet")


def test_not_a_number_is_an_empty_cell(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "people.parquet",
        """'A' AS id, DATE '1980-05-17' AS dob, DATE '2015-03-02' AS hire_date, 'nan'::DOUBLE AS pay,
           'nan'::DOUBLE AS scheduled_hours""",
    )
    with pytest.raises(CensusRefusedError) as caught:
        read(path)
    assert [(fault.row, fault.column) for fault in caught.value.findings.faults] == [(1, "pay")]


def test_a_parquet_file_with_a_damaged_footer_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "people.parquet", [person()])
    content = path.read_bytes()
    path.write_bytes(content[:-60] + b"\xff" * 52 + content[-8:])
    with pytest.raises(CensusError, match="not a readable Parquet file"):
        read(path)


def test_a_parquet_file_cut_short_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "people.parquet", [person()])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CensusError, match="not a readable Parquet file"):
        read(path)
