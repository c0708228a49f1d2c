"""What comes out: every column, typed, defaulted, ordered by id, whatever the file looked like."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from census_files import AS_OF, WRITERS, canonical, people, person, read, read_rows, write_csv

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError

COLUMNS = {
    "employee_id": "VARCHAR", "birth_date": "DATE", "hire_date": "DATE", "annual_compensation": "DECIMAL(18,2)",
    "termination_date": "DATE", "job_level": "INTEGER", "deferral_rate": "DECIMAL(6,4)", "enrollment_date": "DATE",
    "eligibility_date": "DATE", "scheduled_hours_per_week": "DECIMAL(5,2)", "prior_year_compensation": "DECIMAL(18,2)",
    "is_five_percent_owner": "BOOLEAN", "auto_escalation_opt_out": "BOOLEAN", "plan_eligible": "BOOLEAN",
    "employer_account_balance": "DECIMAL(18,2)", "years_of_vesting_service": "DECIMAL(6,2)",
    "roth_share": "DECIMAL(5,4)", "is_union_member": "BOOLEAN",
}  # fmt: skip
FULL: dict[str, Any] = {
    "employee_id": "P001", "birth_date": "1980-05-17", "hire_date": "2015-03-02", "annual_compensation": "65000.10",
    "termination_date": "2025-06-30", "job_level": "2", "deferral_rate": "0.0625", "enrollment_date": "2015-04-01",
    "eligibility_date": "2015-03-02", "scheduled_hours_per_week": "37.5", "prior_year_compensation": "64000.00",
    "is_five_percent_owner": "true", "auto_escalation_opt_out": "yes", "plan_eligible": "1",
    "employer_account_balance": "12345.67", "years_of_vesting_service": "11.25",
    "roth_share": "0.4", "is_union_member": "no",
}  # fmt: skip


def varied_people() -> list[dict[str, str]]:
    return people(
        *(
            {"employee_id": name, "deferral_rate": rate, "job_level": level, "termination_date": end}
            for name, rate, level, end in [
                ("b", "0.05", "2", ""), ("B", "", "", "2024-06-30"), ("a", "0", "3", ""),
                ("é", "0.1", "", "2025-03-01"),
                ("Z", "0.06", "1", ""), ("10", "0.02", "", ""), ("9", "", "5", ""),
            ]
        )
    )  # fmt: skip


def test_all_columns_in_order_and_type(tmp_path: Path) -> None:
    intake, _ = read_rows(tmp_path, {})
    with duckdb.connect() as connection:
        found = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{intake.output}')").fetchall()
    assert {row[0]: row[1] for row in found} == COLUMNS
    assert [row[0] for row in found] == list(COLUMNS)


def test_defaults_of_absent_columns_and_empty_cells(tmp_path: Path) -> None:
    _, (without,) = read_rows(tmp_path, {})
    _, (empty,) = read_rows(tmp_path, {name: "" for name in COLUMNS if name not in person()})
    expected: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "employee_id": "P001",
        "birth_date": dt.date(1980, 5, 17),
        "hire_date": dt.date(2015, 3, 2),
        "annual_compensation": Decimal("65000.00"),
        "deferral_rate": Decimal("0.0000"),
        "scheduled_hours_per_week": Decimal("40.00"),
        "is_five_percent_owner": False,
        "auto_escalation_opt_out": False,
        "plan_eligible": True,
        "employer_account_balance": Decimal("0.00"),
        "is_union_member": False,
    }
    assert without == empty == expected


@pytest.mark.slow
@pytest.mark.parametrize("format_name", list(WRITERS))
def test_a_canonical_file_reads_back_as_itself(format_name: str, tmp_path: Path) -> None:
    first = read(WRITERS[format_name](tmp_path / f"people.{format_name}", [FULL]))
    (row,) = canonical(first.output)
    assert all(value is not None for value in row.values())
    assert row["years_of_vesting_service"] == Decimal("11.25")
    again = read_census(first.output, as_of=AS_OF, output=tmp_path / "again.parquet")
    assert again.output.read_bytes() == first.output.read_bytes()
    assert again.ignored_columns == ()
    assert [note.split(":")[0] for note in again.notes] == ["termination_date"]  # the exit that is announced


@pytest.mark.parametrize("format_name", list(WRITERS))
def test_row_order_and_other_columns_change_nothing(format_name: str, tmp_path: Path) -> None:
    rows = varied_people()
    shuffled = [{"favourite colour": "blue", **row} for row in random.Random(3).sample(rows, len(rows))]
    contents = set()
    for name, content in (("plain", rows), ("shuffled", shuffled)):
        folder = tmp_path / name
        folder.mkdir()
        contents.add(read(WRITERS[format_name](folder / f"people.{format_name}", content)).output.read_bytes())
    assert len(contents) == 1


@pytest.mark.slow
def test_formats_of_the_same_people_agree(tmp_path: Path) -> None:
    outputs = {
        read(write(tmp_path / f"people.{name}", varied_people())).output.read_bytes() for name, write in WRITERS.items()
    }
    assert len(outputs) == 1


def test_ids_are_ordered_by_their_bytes(tmp_path: Path) -> None:
    intake = read(write_csv(tmp_path / "people.csv", varied_people()))
    assert [row["employee_id"] for row in canonical(intake.output)] == ["10", "9", "B", "Z", "a", "b", "é"]


@pytest.mark.parametrize(
    ("column", "text", "has_left"),
    [
        ("status", "Active", False), ("status", "On Leave", False), ("status", "Terminated", True),
        ("Employee Status", "T", True), ("emp_status", "A", False), ("employment status", "Retired", True),
        ("active", "Y", False), ("active", "t", False), ("Active", "No", True), ("is_active", "0", True),
        ("terminated", "T", True), ("terminated", "no", False), ("status", "", False), ("status", "FT", False),
        ("Terminated (Y/N)", "N", False), ("Terminated (Y/N)", "Y", True), ("Employee Terminated", "N", False),
        ("Employee Terminated (Y/N)", "Y", True), ("Active Status", "X", False), ("Active (Y/N)", "N", True),
    ],
)  # fmt: skip
def test_a_status_that_says_left_counts_like_a_termination(
    tmp_path: Path, column: str, text: str, has_left: bool
) -> None:
    intake, (row,) = read_rows(tmp_path, {column: text})
    assert row["termination_date"] == (AS_OF if has_left else None)
    assert any("people who left without a termination date" in note for note in intake.notes) == has_left


def test_a_termination_date_says_more_than_a_status(tmp_path: Path) -> None:
    _, rows = read_rows(
        tmp_path,
        {"status": "terminated", "term_date": "2024-02-29"},
        {"status": "terminated", "term_date": "2025-02-15"},
        {"status": "active", "term_date": ""},
    )
    assert [row["termination_date"] for row in rows] == [dt.date(2024, 2, 29), dt.date(2025, 2, 15), None]


def test_people_who_left_stay_in_the_file(tmp_path: Path) -> None:
    intake, rows = read_rows(tmp_path, {"termination_date": "2020-01-31"}, {})
    assert (intake.rows_kept, len(rows), intake.rows_dropped) == (2, 2, 0)


def test_the_report_says_what_was_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.csv", [{"EMP ID": "A", "D.O.B.": "1980-05-17", "date-of-hire": "2015-03-02",
                                                "Annual Salary": "$65,000", "shoe size": "43"}])  # fmt: skip
    intake = read(path)
    assert intake.source == "people.csv"
    assert intake.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert intake.columns == {
        "employee_id": "EMP ID", "birth_date": "D.O.B.", "hire_date": "date-of-hire",
        "annual_compensation": "Annual Salary",
    }  # fmt: skip
    assert intake.ignored_columns == ("shoe size",)
    assert "Columns that were not understood and were ignored: shoe size." in intake.notes
    assert (intake.rows_read, intake.rows_kept, intake.errors, intake.warnings) == (1, 1, 0, 0)
    assert intake.rejects is None and not list(path.parent.glob("out/*rejects*"))


def test_the_record_is_plain(tmp_path: Path) -> None:
    import json

    intake, _ = read_rows(tmp_path, {"annual_compensation": "6000000"})
    assert json.loads(json.dumps(intake.as_record()))["faults"][0]["severity"] == "warning"


def test_a_refused_census_leaves_the_earlier_output_alone(tmp_path: Path) -> None:
    intake, _ = read_rows(tmp_path, {})
    before = intake.output.read_bytes()
    with pytest.raises(CensusRefusedError):
        read_rows(tmp_path, {"hire_date": "never"})
    assert intake.output.read_bytes() == before
    assert sorted(path.name for path in intake.output.parent.iterdir()) == ["census.parquet", "census_rejects.csv"]


def test_nothing_is_left_beside_the_output(tmp_path: Path) -> None:
    intake, _ = read_rows(tmp_path, {})
    assert [path.name for path in intake.output.parent.iterdir()] == ["census.parquet"]


def test_rejects_go_where_they_are_wanted_and_run_no_formulas(tmp_path: Path) -> None:
    wanted = tmp_path / "new folder" / "bad.csv"
    path = write_csv(tmp_path / "people.csv", people({"hire_date": "=HYPERLINK(1)"}, {"annual_compensation": "-5"}))
    with pytest.raises(CensusRefusedError):
        read(path, rejects=wanted)
    text = wanted.read_text(encoding="utf-8")
    assert ",'=HYPERLINK(1)," in text
    assert ",-5," in text


def test_the_census_itself_is_never_written_over(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.csv", [person()])
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="overwrite the census itself"):
        read_census(path, as_of=AS_OF, output=path)
    with pytest.raises(ConfigurationError, match="overwrite the census itself"):
        read(path, rejects=path)
    assert path.read_bytes() == before


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.csv", [person()])
    with pytest.raises(ConfigurationError, match="cannot be written"):
        read_census(path, as_of=AS_OF, output=path / "census.parquet")


def test_rejects_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.csv", people({"hire_date": "never"}))
    with pytest.raises(ConfigurationError, match="cannot be written"):
        read(path, rejects=tmp_path)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "people.csv", [person()])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("planalign_orchestrator.census.intake.stage", full)
    with pytest.raises(OutOfResourcesError, match="the disk is full"):
        read(path)


def test_people_above_the_shown_faults_are_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "people.csv", people(*({"annual_compensation": "-1"} for _ in range(1200)), {}))
    kept = read(path, on_bad_rows="drop")
    assert (kept.errors, len(kept.faults), kept.rows_kept) == (1200, 1000, 1)
    assert kept.rejects is not None
    assert len(kept.rejects.read_text(encoding="utf-8").splitlines()) == 1201
