"""Each fault that a row can have, in each format: told with its row, column and value, all of them in one pass."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from census_files import FIRST_ROW, WRITERS, Row, canonical, people, read

from planalign_orchestrator.census.faults import Fault
from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.refusal import CensusRefusedError, Findings


@dataclass(frozen=True)
class Case:
    """A row, which column is at fault, and words of the message."""

    name: str
    row: Row
    column: str
    words: str
    severity: str = "error"
    other_columns: tuple[str, ...] = field(default=())


LONG = "L" * 101
CASES = [
    Case("empty id", {"employee_id": "  "}, "employee_id", "is empty"),
    Case("empty birth date", {"birth_date": ""}, "birth_date", "is empty"),
    Case("empty hire date", {"hire_date": ""}, "hire_date", "is empty"),
    Case("empty pay", {"annual_compensation": ""}, "annual_compensation", "is empty"),
    Case("pay written as not available", {"annual_compensation": "N/A"}, "annual_compensation", "is empty"),
    Case("id too long", {"employee_id": LONG}, "employee_id", "longer than 100"),
    Case("bell in id", {"employee_id": "A\x07B"}, "employee_id", "control character"),
    Case("line break in id", {"employee_id": "A\nB"}, "employee_id", "control character"),
    Case("id of the simulation", {"employee_id": "NH_2025_000001"}, "employee_id", "its own hires"),
    Case("day that is none", {"birth_date": "1980-02-30"}, "birth_date", "not a date"),
    Case("month that is none", {"hire_date": "2015-13-01"}, "hire_date", "not a date"),
    Case("date in words", {"hire_date": "last spring"}, "hire_date", "not a date"),
    Case("date before people", {"birth_date": "0980-05-17"}, "birth_date", "not a date"),
    Case("hire before birth", {"hire_date": "1979-01-01"}, "hire_date", "before birth"),
    Case("hire at 13", {"hire_date": "1994-05-16"}, "hire_date", "before age 14"),
    Case("hire after the as-of date", {"hire_date": "2025-01-01"}, "hire_date", "after the as-of date 2024-12-31"),
    Case("pay in words", {"annual_compensation": "a lot"}, "annual_compensation", "not a number"),
    Case("pay with two points", {"annual_compensation": "1.2.3"}, "annual_compensation", "not a number"),
    Case("pay with a decimal comma", {"annual_compensation": "85.000,50"}, "annual_compensation", "clear"),
    Case("pay with one group after a point", {"annual_compensation": "85.000"}, "annual_compensation", "clear"),
    Case("pay that is infinite", {"annual_compensation": "inf"}, "annual_compensation", "not a number"),
    Case("pay of zero", {"annual_compensation": "0"}, "annual_compensation", "not above 0"),
    Case("pay below zero", {"annual_compensation": "-65000"}, "annual_compensation", "not above 0"),
    Case("pay in parentheses", {"annual_compensation": "(65,000.00)"}, "annual_compensation", "not above 0"),
    Case("pay that rounds to zero", {"annual_compensation": "0.004"}, "annual_compensation", "not above 0"),
    Case("pay above a billion", {"annual_compensation": "2000000000"}, "annual_compensation", "billion"),
    Case("termination before hire", {"termination_date": "2015-03-01"}, "termination_date", "before the hire"),
    Case("termination in words", {"termination_date": "soon"}, "termination_date", "not a date"),
    Case("level zero", {"job_level": "0"}, "job_level", "no job level"),
    Case("level in between", {"job_level": "2.5"}, "job_level", "not a whole number"),
    Case("level in words", {"job_level": "boss"}, "job_level", "not a whole number"),
    Case("deferral below zero", {"deferral_rate": "-0.05"}, "deferral_rate", "below 0"),
    Case("deferral above 100%", {"deferral_rate": "101%"}, "deferral_rate", "above 100%"),
    Case("deferral in words", {"deferral_rate": "some"}, "deferral_rate", "not a rate"),
    Case("enrollment before hire", {"enrollment_date": "2015-03-01"}, "enrollment_date", "before the hire"),
    Case("eligibility before hire", {"eligibility_date": "2015-03-01"}, "eligibility_date", "before the hire"),
    Case("hours of a year", {"scheduled_hours_per_week": "2080"}, "scheduled_hours_per_week", "hours of a week"),
    Case("hours below zero", {"scheduled_hours_per_week": "-8"}, "scheduled_hours_per_week", "hours of a week"),
    Case("last year's pay below zero", {"prior_year_compensation": "-1"}, "prior_year_compensation", "below 0"),
    Case("owner in between", {"is_five_percent_owner": "maybe"}, "is_five_percent_owner", "neither yes nor no"),
    Case("opt-out in between", {"auto_escalation_opt_out": "2"}, "auto_escalation_opt_out", "neither yes nor no"),
    Case("balance below zero", {"employer_account_balance": "-0.01"}, "employer_account_balance", "below 0"),
    Case("service below zero", {"years_of_vesting_service": "-1"}, "years_of_vesting_service", "below 0"),
    Case("service in days", {"years_of_vesting_service": "3652"}, "years_of_vesting_service", "80 years"),
    Case("never eligible, but defers", {"plan_eligible": "no", "deferral_rate": "0.05"}, "plan_eligible", "never"),
    Case("pay above 5 million", {"annual_compensation": "5000000.01"}, "annual_compensation", "5 million", "warning"),
    Case("age 91", {"birth_date": "1933-12-31"}, "birth_date", "older than 90", "warning"),
    Case("deferral above 75%", {"deferral_rate": "0.76"}, "deferral_rate", "75%", "warning"),
    Case("enrollment to come", {"enrollment_date": "2025-02-01"}, "enrollment_date", "after the as-of", "warning"),
    Case("status unheard of", {"status": "on the moon"}, "status", "Words not known: 'on the moon' (1)"),
    Case("status against date", {"status": "active", "termination_date": "2024-06-01"}, "status", "left", "warning"),
]
SOUND = [
    {"hire_date": "1994-05-17"},
    {"hire_date": "2024-12-31"},
    {"annual_compensation": "5000000"},
    {"birth_date": "1934-01-01"},
    {"deferral_rate": "75%"},
    {"termination_date": "2015-03-02"},
    {"enrollment_date": "2015-03-02"},
    {"employee_id": "NH_2024_000001"},
    {"plan_eligible": "no", "deferral_rate": "0"},
    {"annual_compensation": "15080"},
    {"job_level": "99"},
]
"""Rows at the edge, on the right side of it."""


def rows_of_cases() -> list[Row]:
    return people(*(case.row for case in CASES), *SOUND)


@pytest.fixture(scope="module", params=list(WRITERS))
def format_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def file(format_name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return WRITERS[format_name](tmp_path_factory.mktemp("faults") / f"people.{format_name}", rows_of_cases())


@pytest.fixture(scope="module")
def refused(file: Path) -> CensusRefusedError:
    with pytest.raises(CensusRefusedError) as caught:
        read(file)
    assert caught.value.exit_code == 3
    assert not (file.parent / "out" / "census.parquet").exists()
    return caught.value


@pytest.fixture(scope="module")
def dropped(file: Path, refused: CensusRefusedError) -> CensusIntake:
    return read(file, on_bad_rows="drop")


def faults_of(findings: Findings, row: int) -> list[Fault]:
    return [fault for fault in findings.faults if fault.row == row]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault_is_told_with_place_and_value(case: Case, refused: CensusRefusedError, format_name: str) -> None:
    row = FIRST_ROW[format_name] + CASES.index(case)
    (fault,) = faults_of(refused.findings, row)
    assert (fault.severity, fault.column) == (case.severity, case.column)
    assert case.words in fault.message
    assert fault.remedy
    written = case.row[case.column].strip()
    if case.words != "is empty" and "\n" not in written:
        assert fault.value == written


def test_rows_at_the_edge_are_sound(refused: CensusRefusedError, format_name: str) -> None:
    first = FIRST_ROW[format_name] + len(CASES)
    assert [fault for fault in refused.findings.faults if fault.row is not None and fault.row >= first] == []


def test_message_shows_twenty_faults_and_says_where_all_are(refused: CensusRefusedError, file: Path) -> None:
    errors = sum(case.severity == "error" for case in CASES)
    lines = refused.message.splitlines()
    assert f"{errors} errors" in lines[0]
    assert len([line for line in lines if line.startswith(f"  {file.name}, row ")]) == 20
    assert f"{errors - 20} more" in refused.message
    assert str(refused.findings.rejects) in lines[-1]
    assert "--on-bad-rows drop" in str(refused.remedy)


def test_rejects_hold_every_fault_and_no_other_cell_of_its_row(refused: CensusRefusedError) -> None:
    assert refused.findings.rejects is not None
    with refused.findings.rejects.open(newline="", encoding="utf-8") as rejects:
        lines = list(csv.DictReader(rejects))
    assert len(lines) == len(CASES)
    assert list(lines[0]) == ["severity", "file", "row", "column", "value", "message", "remedy"]
    assert [line["severity"] for line in lines] == sorted(line["severity"] for line in lines)
    assert not any("1980-05-17" in cell for line in lines for cell in line.values())


def test_drop_goes_on_without_the_bad_rows(dropped: CensusIntake) -> None:
    errors = sum(case.severity == "error" for case in CASES)
    assert (dropped.rows_read, dropped.rows_dropped) == (len(CASES) + len(SOUND), errors)
    assert dropped.rows_kept == len(canonical(dropped.output)) == dropped.rows_read - errors
    assert (dropped.errors, dropped.warnings) == (errors, len(CASES) - errors)
    assert dropped.rejects is not None and dropped.rejects.exists()


def test_duplicate_ids_name_each_other_and_none_is_kept(format_name: str, tmp_path: Path) -> None:
    rows = people({"employee_id": "A"}, {"employee_id": "B"}, {"employee_id": " A "}, {"employee_id": "a"})
    file = WRITERS[format_name](tmp_path / f"people.{format_name}", rows)
    first = FIRST_ROW[format_name]
    with pytest.raises(CensusRefusedError) as caught:
        read(file)
    faults = caught.value.findings.faults
    assert [(fault.row, fault.value) for fault in faults] == [(first, "A"), (first + 2, "A")]
    assert [f"row {first + 2}." in faults[0].message, f"row {first}." in faults[1].message] == [True, True]
    assert [row["employee_id"] for row in canonical(read(file, on_bad_rows="drop").output)] == ["B", "a"]


def test_missing_columns_name_the_nearest(format_name: str, tmp_path: Path) -> None:
    rows = [{"employee_id": "A", "MONEY": "5", "hired when": "2015-03-02", "birth_date": "nonsense"}]
    file = WRITERS[format_name](tmp_path / f"people.{format_name}", rows)
    with pytest.raises(CensusRefusedError) as caught:
        read(file, on_bad_rows="drop")
    faults = caught.value.findings.faults
    assert [fault.row for fault in faults] == [None, None, FIRST_ROW[format_name]]
    assert "no column hire_date" in faults[0].message and "'hired when'" in faults[0].remedy
    assert "no column annual_compensation" in faults[1].message and "'MONEY'" in faults[1].remedy


def test_two_columns_of_one_meaning_are_refused(format_name: str, tmp_path: Path) -> None:
    file = WRITERS[format_name](tmp_path / f"people.{format_name}", [person_with_two_pays()])
    with pytest.raises(CensusRefusedError, match="'annual_compensation' and 'Annual Pay' all mean annual_compensation"):
        read(file, on_bad_rows="drop")


def person_with_two_pays() -> Row:
    return {**people({})[0], "Annual Pay": "50000"}


def test_nobody_left_is_refused_even_with_drop(format_name: str, tmp_path: Path) -> None:
    file = WRITERS[format_name](tmp_path / f"people.{format_name}", people({"annual_compensation": "-10000"}))
    with pytest.raises(CensusRefusedError, match="none of the 1 rows can be used"):
        read(file, on_bad_rows="drop")
    assert not (tmp_path / "out" / "census.parquet").exists()
