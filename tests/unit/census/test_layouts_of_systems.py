"""Exports as payroll systems and record keepers write them: what the usual columns of each come to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from census_files import canonical

from planalign_orchestrator.census.intake import CensusIntake, read_census
from planalign_orchestrator.census.proposal import TO_REVIEW, propose_mapping
from planalign_orchestrator.census.refusal import CensusRefusedError

SOUND = "1980-05-17,2015-03-02"
HEADS = "ID,DOB,Hire Date"


def read(folder: Path, text: str, **options: Any) -> CensusIntake:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return read_census(path, output=folder / "out" / "census.parquet", **options)


READ = {
    "pay beside the pay of a year": (
        f"{HEADS},Salary,Annual Salary\n1,{SOUND},3269.23,85000\n", "annual_compensation", ["85000.00"],
    ),
    "two columns of one pay": (
        f"{HEADS},Base Salary,Compensation\n1,{SOUND},85000,85000\n", "annual_compensation", ["85000.00"],
    ),
    "two columns of status (PeopleSoft)": (
        f"{HEADS},ANNUAL_RT,EMPL_STATUS,HR_STATUS,SERVICE_DT,HOURLY_RT\n1,{SOUND},5e4,L,A,2015-03-02,24\n"
        f"2,{SOUND},5e4,T,I,2015-03-02,24\n",
        "termination_date", ["None", "2024-12-31"],
    ),
    "a yes and no of who has left": (
        f"{HEADS},Salary,On Leave,Terminated\n1,{SOUND},5e4,Y,N\n2,{SOUND},5e4,N,Y\n",
        "termination_date", ["None", "2024-12-31"],
    ),
    "two answers to who is there": (
        f"{HEADS},Salary,Active,Terminated\n1,{SOUND},5e4,Y,N\n2,{SOUND},5e4,N,Y\n",
        "termination_date", ["None", "2024-12-31"],
    ),
    "the latest of two hire dates (ADP)": (
        f"ID,DOB,Hire Date,Most Recent Hire Date,Annual Benefits Base Rate\n1,{SOUND},2018-03-01,5e4\n2,{SOUND},,5e4\n",
        "hire_date", ["2018-03-01", "2015-03-02"],
    ),
    "a date of rehire in other words (a trust's template)": (
        f"{HEADS},Termination Date,Most Recent Hire/Rehire Date,Salary\n1,{SOUND},2016-08-31,2018-03-01,5e4\n",
        "termination_date", ["None"],
    ),
    "service of two spells (Human Interest)": (
        f"{HEADS},Salary,Previous Termination Date,Rehire Date,Termination Date\n"
        f"1,1980-05-17,2015-01-01,5e4,2016-01-01,2023-12-31,\n",
        "years_of_vesting_service", ["2.00"],
    ),
    "eligible before the latest hire (Fidelity)": (
        "ID,DOB,Hire Date,Adjusted Hire Date,Base Pay,Eligibility Date\n"
        "1,1980-05-17,2018-03-01,2003-01-15,5e4,2004-01-01\n",
        "eligibility_date", ["2018-03-01"],
    ),
    "in the plan before the rehire (a year-end template)": (
        f"{HEADS},Salary,Date of Term,Date Rehired,Plan Entry Dt\n1,{SOUND},5e4,08312016,03012018,01012016\n",
        "eligibility_date", ["2018-03-01"],
    ),
    "names of departments in a row by themselves": (
        f"Dept,{HEADS},Salary\nSales,,,,\n,1,{SOUND},5e4\nTotal Sales,,,,5e4\nOps,,,,\n,2,{SOUND},5e4\n",
        "employee_id", ["1", "2"],
    ),
    "pay of the plan (a record keeper's template)": (
        f"{HEADS},Plan Compensation,Pre-tax Deferral,Matching Amount,Matching Safe Harbor\n1,{SOUND},2e4,1200,600,0\n",
        "deferral_rate", ["0.0600"],
    ),
    "elections in any order of words": (
        f"{HEADS},Salary,Deferral Election - Pre-tax,Deferral Election - Roth\n1,{SOUND},5e4,4%,2%\n",
        "deferral_rate", ["0.0600"],
    ),
    "pay of a period beside hourly rates (Paychex)": (
        f"{HEADS},Pay Rate 1,Pay Amount Per Period,Pay Frequency,Standard Hours\n"
        f"1,{SOUND},,2000,Bi-Weekly,40\n2,{SOUND},22.75,,Bi-Weekly,40\n",
        "annual_compensation", ["52000.00", "47320.00"],
    ),
    "a rate beside the pay of a year (PeopleSoft)": (
        f"{HEADS},ANNUAL_RT,COMPRATE,COMP_FREQUENCY\n1,{SOUND},85000,3269.230769,B\n2,{SOUND},47320,22.75,H\n",
        "annual_compensation", ["85000.00", "47320.00"],
    ),
    "a rate with its frequency": (
        f"{HEADS},COMPRATE,COMP_FREQUENCY,Standard Hours\n1,{SOUND},3000,M,40\n2,{SOUND},22.75,H,20\n",
        "annual_compensation", ["36000.00", "23660.00"],
    ),
    "an hourly rate beside the pay of a year (UKG)": (
        f"{HEADS},Annual Salary,Hourly Pay Rate\n1,{SOUND},123500,59.375\n", "annual_compensation", ["123500.00"],
    ),
    "pay by the hour in words (Gusto)": (
        f"{HEADS},Compensation,Compensation type\n1,{SOUND},\"$85,000.00\",Salary/No overtime / Year\n"
        f"2,{SOUND},$22.75,Paid by the hour\n",
        "annual_compensation", ["85000.00", "47320.00"],
    ),
    "pay by the month in words (BambooHR)": (
        f"{HEADS},Pay rate,Pay per\n1,{SOUND},\"85,000.00 USD\",Year\n2,{SOUND},\"5,000.00 USD\",Month\n",
        "annual_compensation", ["85000.00", "60000.00"],
    ),
    "pay with a year in the heading": (
        f"{HEADS},2024 Salary,2023 W-2 Wages,2024 W-2 Wages\n1,{SOUND},85000,82000,84900\n",
        "prior_year_compensation", ["84900.00"],
    ),
    "contributions of a pay": (
        f"{HEADS},Monthly Base Salary,Contribution Amount Per Pay,Pay Cycle\n1,{SOUND},5000,125,Semi-Monthly\n",
        "deferral_rate", ["0.0500"],
    ),
    "dates without dashes, month first": (
        "ID,Salary,BIRTH DATE,HIRE DATE,TERM DATE\n1,5e4,02291980,6012010,00000000\n2,5e4,11301999,20231001,\n",
        "hire_date", ["2010-06-01", "2023-10-01"],
    ),
    "a date that nobody filled in": (f"{HEADS},Salary,Term Date\n1,{SOUND},5e4,  /  /\n", "termination_date", ["None"]),
    "hired again on the day of leaving": (
        f"{HEADS},Salary,Term Date,Rehire Date\n1,{SOUND},5e4,2019-05-01,2019-05-01\n", "termination_date", ["None"],
    ),
    "left again on the day of the rehire": (
        f"{HEADS},Salary,Term Date 1,Rehire Date,Term Date 2\n1,{SOUND},5e4,2016-01-31,2024-05-01,2024-05-01\n",
        "termination_date", ["2024-05-01"],
    ),
    "status words with strokes (Dayforce)": (
        f"{HEADS},AnnualBaseSalary,EmploymentStatus_ShortName\n1,{SOUND},5e4,LEAVE_OF_ABSENCE\n",
        "termination_date", ["None"],
    ),
    "a termination between the original and the latest hire": (
        f"ID,DOB,Original Hire Date,Last Hire Date,Salary,Term Date\n1,{SOUND},2018-03-01,5e4,2016-08-31\n",
        "termination_date", ["None"],
    ),
    "hourly people with no pay of a year": (
        f"{HEADS},Annual Salary,Hourly Rate\n1,{SOUND},50000,0\n2,{SOUND},0,22.75\n",
        "annual_compensation", ["50000.00", "47320.00"],
    ),
    "deferrals as deductions (QuickBooks)": (
        f"{HEADS},Salary,401k Emp.,Roth 401k Emp.\n1,{SOUND},5e4,-2500,0\n2,{SOUND},5e4,-2000,-500\n",
        "deferral_rate", ["0.0500", "0.0500"],
    ),
    "catch-up in a column of its own": (
        f"{HEADS},Salary,401k Deferrals,Catch-Up\n1,{SOUND},200000,23000,7500\n", "deferral_rate", ["0.1525"],
    ),
    "Roth dollars beside a pre-tax rate": (
        f"{HEADS},Salary,Pre-tax %,Roth Deferrals\n1,{SOUND},5e4,6,1000\n2,{SOUND},5e4,6,0\n",
        "deferral_rate", ["0.0800", "0.0600"],
    ),
    "the Roth share of a pre-tax rate and dollars": (
        f"{HEADS},Salary,Pre-tax %,Roth Deferrals\n1,{SOUND},5e4,6,1000\n", "roth_share", ["0.2500"],
    ),
    "a rate beside the dollars of both": (
        f"{HEADS},Salary,Deferral %,401k Deferrals,Roth Deferrals\n1,{SOUND},5e4,8,3000,1000\n",
        "deferral_rate", ["0.0800"],
    ),
    "totals in many columns": (
        f"{HEADS},Salary,Gross,401k,Roth 401k\n1,{SOUND},5e4,5e4,2500,500\nDept 7 Subtotal,,,5e4,5e4,2500,500\n",
        "deferral_rate", ["0.0600"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "column", "expected"), READ.values(), ids=READ)
def test_an_export_is_read(tmp_path: Path, text: str, column: str, expected: list[str]) -> None:
    people = canonical(read(tmp_path, text, as_of=dt.date(2024, 12, 31)).output)
    assert [str(row[column]) for row in people] == expected
    proposal = propose_mapping(tmp_path / "people.csv", tmp_path / "work")
    is_asked = "by the hour" in text  # $22.75 among pay of a year is shown to the reviewer
    assert proposal.count(TO_REVIEW) == is_asked
    mapping = tmp_path / "people.mapping.yaml"
    mapping.write_text(proposal, encoding="utf-8")
    by_it = read(tmp_path, text, as_of=dt.date(2024, 12, 31), mapping=mapping)
    assert canonical(by_it.output) == people


def test_an_entry_is_the_hire_where_no_other_column_is_and_that_is_told(tmp_path: Path) -> None:
    text = 'Pers.No.;Entry;Leaving;Birth date;Annual salary\n1;02.03.2015;;17.05.1980;"85.000,50"\n'
    intake = read(tmp_path, text, as_of=dt.date(2024, 12, 31))
    [person] = canonical(intake.output)
    assert (str(person["hire_date"]), str(person["annual_compensation"])) == ("2015-03-02", "85000.50")
    notes = " ".join(intake.notes)
    assert "Entry: was read as hire_date, which no other column holds" in notes
    assert "The comma is the decimal sign" in notes
    assert propose_mapping(tmp_path / "people.csv", tmp_path / "work").count(TO_REVIEW) == 1
    both = read(tmp_path, f"{HEADS},Salary,Entry\n1,{SOUND},5e4,2016-01-01\n")
    assert both.columns["eligibility_date"] == "Entry"


def test_pay_that_is_not_where_the_better_column_is_empty_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(CensusRefusedError, match="'Salary' and 'Annual Wages' all mean annual_compensation"):
        read(tmp_path, f"{HEADS},Salary,Annual Wages\n1,{SOUND},5e4,\n2,{SOUND},,6e4\n")


def test_dates_after_the_exits_look_like_rehires(tmp_path: Path) -> None:
    rows = "".join(f"{n},{SOUND},5e4,2016-08-31,2018-03-01\n" for n in range(4))
    intake = read(tmp_path, f"{HEADS},Salary,DOT,DOR\n{rows}")
    assert any(note.startswith("DOR: looks like rehire_date, but was not used") for note in intake.notes)


def test_which_of_two_columns_counts_is_told(tmp_path: Path) -> None:
    heads = f"{HEADS},Annual Salary,Base Rate,Original Hire Date,Seniority Date"
    intake = read(tmp_path, f"{heads}\n1,{SOUND},85000,40.87,2010-01-04,2009-05-05\n")
    assert "Seniority Date: not used, as Original Hire Date holds original_hire_date too." in intake.notes
    assert intake.columns["original_hire_date"] == "Original Hire Date"


def test_dollars_beside_pay_days_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(CensusRefusedError, match="Employee Pre-Tax: holds dollars beside pay days"):
        read(tmp_path, f"{HEADS},Base Salary,Employee Pre-Tax,Pay Date\n1,{SOUND},85000,196.15,2024-12-27\n")


def test_dollars_of_a_period_against_pay_of_a_year_are_warned_of(tmp_path: Path) -> None:
    intake = read(tmp_path, f"{HEADS},Base Salary,Employee Pre-Tax\n1,{SOUND},85000,196.15\n")
    assert any("dollars of a pay period stand against pay of a year" in note for note in intake.notes)


@pytest.mark.parametrize(
    ("title", "heading", "year"),
    [
        ("Census for plan year ending 12/31/2024", "Gross Wages", 2024),
        ('"January 1 - December 31, 2023"', "Gross Wages", 2023),
        ("Report run on 01/06/2025", "Gross Wages", 2015),
        ("Plan restated 12/31/2009", "Gross Wages", 2015),
        ("ACME Widgets", "2024 W-2 Wages", 2024),
    ],
)
def test_the_title_or_a_heading_tells_the_year_where_nobody_was_hired_in_it(
    tmp_path: Path, title: str, heading: str, year: int
) -> None:
    assert read(tmp_path, f"{title}\n{HEADS},{heading}\n1,{SOUND},85000\n").as_of == dt.date(year, 12, 31)


def test_late_dates_of_some_people_look_like_exits(tmp_path: Path) -> None:
    intake = read(tmp_path, f"{HEADS},Salary,Sep Dt\n1,{SOUND},5e4,\n2,{SOUND},5e4,2016-05-05\n3,{SOUND},5e4,\n")
    assert any(note.startswith("Sep Dt: looks like termination_date, but was not used") for note in intake.notes)


@pytest.mark.parametrize("amount", ["999999999999", "9999999999"])
@pytest.mark.parametrize("heading", ["Gross Wages", "Monthly Salary", "Hourly Rate", "Pay Per Period"])
def test_amounts_of_too_many_digits_are_faults_and_no_crash(tmp_path: Path, heading: str, amount: str) -> None:
    rows = "".join(f"{n},{SOUND},25,B,25\n" for n in range(2, 6))
    with pytest.raises(CensusRefusedError, match="row 2"):
        read(tmp_path, f"{HEADS},{heading},Pay Frequency,401k $\n1,{SOUND},{amount},B,{amount}\n{rows}")
