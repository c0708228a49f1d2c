"""Which names mean what."""

from __future__ import annotations

from pathlib import Path

import pytest
from census_files import people, read, write_csv, write_excel, write_parquet

from planalign_orchestrator.census.columns import COLUMNS, MEANINGS
from planalign_orchestrator.census.recognition import recognise
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.census.synonyms import meaning_of


@pytest.mark.parametrize(
    ("names", "meaning"),
    [
        (("employee_id", "EMP_ID", "Emp #", "Employee Number", "ee id", "Worker ID", "ID"), "employee_id"),
        (("dob", "D.O.B.", "employee_birth_date", "Birth-Date", "date of birth", "BIRTHDATE"), "birth_date"),
        (("HIRE_DT", "date_of_hire", "employee_hire_date", "Hire Date", "Start Date", "emp_hire_dt"), "hire_date"),
        (("salary", "annual_salary", "employee_gross_compensation", "ANNUAL_RT", "Base Pay", "Employee Salary"),
         "annual_compensation"),
        (("term_date", "employee_termination_date", "Separation Date", "Term. Date"), "termination_date"),
        (("level", "Job Level", "level_id"), "job_level"),
        (("deferral_pct", "employee_deferral_rate", "Deferral %", "401(k) %", "contribution rate"), "deferral_rate"),
        (("Enrolment Date", "participation_date"), "enrollment_date"),
        (("eligibility date", "Plan Entry Date"), "eligibility_date"),
        (("Hours / Week", "scheduled_hours"), "scheduled_hours_per_week"),
        (("Prior Year Comp.", "last_year_pay"), "prior_year_compensation"),
        (("5% Owner", "owner", "five_percent_owner"), "is_five_percent_owner"),
        (("status", "active", "Employment Status", "EMPL_STATUS", "is_terminated"), "employment_status"),
    ],
)  # fmt: skip
def test_usual_names(names: tuple[str, ...], meaning: str) -> None:
    assert {name: meaning_of(name) for name in names} == dict.fromkeys(names, meaning)


@pytest.mark.parametrize("name", ["", "shoe size", "favorite color", "parking", "T-shirt", "employee of the month"])
def test_names_that_mean_nothing_here(name: str) -> None:
    assert meaning_of(name) is None


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_canonical_names_mean_themselves_in_any_writing(column: object) -> None:
    name = column.name  # type: ignore[attr-defined]
    for written in (name, name.upper(), name.replace("_", " ").title(), name.replace("_", "")):
        assert meaning_of(written) == name


def test_no_spelling_has_two_meanings() -> None:
    from planalign_orchestrator.census.synonyms import _SYNONYMS, normal_name

    spellings = [
        word for meaning in MEANINGS for word in {normal_name(word) for word in (meaning, *_SYNONYMS[meaning].split())}
    ]
    assert sorted({word for word in spellings if spellings.count(word) > 1}) == []


def test_claims_and_gaps() -> None:
    found = recognise(["id", "Salary", "pay", "shoe size", "dob"])
    assert found.claims == {"annual_compensation": ["Salary", "pay"]}
    assert found.missing == ["hire_date"]
    assert found.ignored == (3,)


def test_a_missing_column_is_sought_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,dob,hired when,SALRY\n1,1980-05-17,2015-03-02,5e4\n")
    with pytest.raises(CensusRefusedError) as caught:
        read(tmp_path / "people.csv")
    remedies = [fault.remedy for fault in caught.value.findings.faults]
    assert "Rename the column that holds it to hire_date; near by name: 'hired when'." in remedies
    assert "Rename the column that holds it to annual_compensation; near by name: 'SALRY'." in remedies


SECRET = [
    {"Soc Number": "123-45-6789", "remark": "fine"},
    {"Soc Number": "987-65-4321", "remark": "123-45-6789 is his"},
    {"Soc Number": "", "remark": ""},
]


@pytest.mark.parametrize(("suffix", "write"), [("csv", write_csv), ("xlsx", write_excel), ("parquet", write_parquet)])
def test_social_security_numbers_are_told_and_never_stored(tmp_path: Path, suffix: str, write: object) -> None:
    path = write(tmp_path / f"people.{suffix}", people(*SECRET))  # type: ignore[operator]
    intake = read(path)
    told = "The columns Soc Number look like social security numbers: they were ignored and never stored."
    assert told in intake.notes
    assert "Columns that were not understood and were ignored: remark." in intake.notes
    assert b"45-6789" not in intake.output.read_bytes()


def test_a_name_alone_tells_social_security_numbers(tmp_path: Path) -> None:
    intake = read(write_csv(tmp_path / "people.csv", people({"SSN": "123456789"})))
    assert any(note.startswith("The columns SSN look like") for note in intake.notes)


def test_ids_that_are_social_security_numbers_are_refused(tmp_path: Path) -> None:
    rows = people({"employee_id": "123-45-6789"}, {"employee_id": "987-65-4321"})
    with pytest.raises(CensusRefusedError) as caught:
        read(write_csv(tmp_path / "people.csv", rows), on_bad_rows="drop")
    (fault,) = caught.value.findings.faults
    assert (fault.severity, fault.row, fault.column, fault.value) == ("error", None, "employee_id", None)
    assert "social security" in fault.message and "replace" in fault.remedy
