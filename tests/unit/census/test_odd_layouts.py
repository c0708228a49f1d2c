"""Odd layouts and words of client files, each read rightly or refused with the sentence that helps."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from census_files import canonical, read

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.proposal import propose_mapping
from planalign_orchestrator.errors import PlanAlignError

SOUND = "1980-05-17,2015-03-02"
HEADS = "id,dob,doh,salary"


def read_text(folder: Path, content: str | bytes, name: str = "people.csv", **options: Any) -> CensusIntake:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **options)


def refusal(folder: Path, content: str | bytes, name: str = "people.csv", **options: Any) -> str:
    with pytest.raises(PlanAlignError) as caught:
        read_text(folder, content, name, **options)
    return f"{caught.value.message} {caught.value.remedy}"


def told(intake: CensusIntake, *kinds: str) -> str:
    return "\n".join(entry.sentence() for entry in intake.quality if entry.kind in kinds)


REFUSED = {
    "commas and points": (f'{HEADS}\n1,{SOUND},"85.000,50"\n2,{SOUND},"85,000.50"\n', 'decimal: ","'),
    "thousands by a point": (f"{HEADS}\n1,{SOUND},85.000\n", "which are 85 or 85 thousand"),
    "thousands in twos": (f'{HEADS}\n1,{SOUND},"1,23,456.00"\n', "not a clear one"),
    "percents and dollars": (f"{HEADS},Deferral\n1,{SOUND},5e4,5%\n2,{SOUND},5e4,$50\n", "holds percents and dollars"),
    "dollars in a column of percents": (f"{HEADS},Deferral %\n1,{SOUND},5e4,$50\n", "'$50' is not a rate"),
    "dollars or percents": (f"{HEADS},401k\n1,{SOUND},5e4,50\n2,{SOUND},5e4,75\n", "unit: biweekly"),
    "numbers with spaces": (f"{HEADS}\n900 11 0001,{SOUND},5e4\n", "look like social security numbers"),
    "masked numbers": (f"{HEADS}\nXXX-XX-0001,{SOUND},5e4\n", "look like social security numbers"),
    "hours of a year": (f"{HEADS},Standard Hours\n1,{SOUND},5e4,2080\n", "yearly hours must be divided by 52"),
    "an owner of 60% and one of Y": (f"{HEADS},Owner\n1,{SOUND},5e4,60%\n2,{SOUND},5e4,55%\n3,{SOUND},5e4,Y\n", "'Y'"),
    "1 of an owner": (f"{HEADS},Ownership %\n1,{SOUND},5e4,1\n", "may be 1% or 100%"),
    "two columns of pay": (f"{HEADS},Annual Wages\n1,{SOUND},5e4,\n2,{SOUND},,6e4\n", "all mean annual_compensation"),
    "the unit in the cell": (f"{HEADS}\n1,{SOUND},$18.50/hr\n", "not a clear one"),
    "an age for a birth date": ("id,Age,doh,salary\n1,44,2015-03-02,5e4\n", "there is no column birth_date"),
    "a month for a day": (f"{HEADS}\n1,1980-05-17,June 2015,5e4\n", "'June 2015' is not a date"),
    "dates swapped": (f"{HEADS}\n1,2015-03-02,1980-05-17,5e4\n", "a hire before birth"),
    "a row with an id alone": (f"{HEADS}\n1,{SOUND},5e4\nAB 12,,,\n", "row 3, column dob: is empty"),
    "two columns of one heading": (f"{HEADS},salary\n1,{SOUND},5e4,6e4\n", "'salary' and 'salary' all mean"),
    "dollars by the heading": (
        f"{HEADS},Deferral %,Roth $\n1,{SOUND},5e4,5%,25\n",
        "column Roth $: holds dollars, so few",
    ),
    "the end of a secret number": (f"Last 4 SSN,dob,doh,salary\n1234,{SOUND},5e4\n", "are never an id nor stored"),
    "grades in letters and digits": (f"{HEADS},Level\n1,{SOUND},5e4,IC3\n2,{SOUND},5e4,2\n", "mapping: ignore"),
    "amounts of a period, of no known number": (
        f"{HEADS},401k per pay period\n1,{SOUND},5e4,100\n",
        "has an error:\n  people.csv, column 401k per pay period",
    ),
    "ids of two companies": (
        f"Company Code,File Number,dob,doh,salary\nA,1,{SOUND},5e4\nB,1,{SOUND},5e4\n",
        "the company's column too",
    ),
    "a web page": ("<html><table><tr><td>id</td></tr></table></html>", "web page"),
    "a web page with a mark": ("\ufeff\n<!DOCTYPE html><table></table>", "save it as .xlsx or CSV"),
    "a PDF": (b"%PDF-1.4\n%\xe2\xe3", "PDF"),
    "JSON": ('[{"id": 1}]', "JSON"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_unclear_is_refused(tmp_path: Path, kind: str) -> None:
    text, sentence = REFUSED[kind]
    assert sentence in refusal(tmp_path, text)


READ = {
    "a decimal comma": (f'{HEADS}\n1,{SOUND},"85.000,50"\n', "annual_compensation", ["85000.50"]),
    "a rate with a decimal comma": (f'{HEADS},deferral %\n1,{SOUND},5e4,"6,5%"\n', "deferral_rate", ["0.0650"]),
    "grades in letters": (f"{HEADS},Level\n1,{SOUND},5e4,IC3\n", "job_level", ["None"]),
    "Swiss thousands": (f"{HEADS}\n1,{SOUND},85'000.50\n", "annual_compensation", ["85000.50"]),
    "thousands of dollars": (f"id,dob,doh,Salary ($000s)\n1,{SOUND},85.5\n", "annual_compensation", ["85500.00"]),
    "a union by yes and no": (
        f"{HEADS},Union\n1,{SOUND},5e4,Y\n2,{SOUND},5e4,N\n", "is_union_member", ["True", "False"]
    ),
    "pay by the hour": (
        f"{HEADS},Rate Type,Std Hours\n1,{SOUND},50000,S,40\n2,{SOUND},20,H,20\n", "annual_compensation",
        ["50000.00", "20800.00"],
    ),
    "hourly rates beside hours of two weeks": (
        f"id,dob,doh,Hourly Rate,Std Hours\n1,{SOUND},20,80\n2,{SOUND},20,0\n", "annual_compensation",
        ["41600.00", "41600.00"],
    ),
    "who was hired again, without a day": (
        f"{HEADS},Rehire\n1,{SOUND},50000,N\n2,{SOUND},50000,Y\n", "hire_date", ["2015-03-02", "2015-03-02"]
    ),
    "deferrals of the year to date": (
        f"{HEADS},YTD 401k,YTD Roth\n1,{SOUND},50000,$2000,$500\n", "deferral_rate", ["0.0500"]
    ),
    "an accountant's zero": (
        f"{HEADS},401k\n1,{SOUND},5e4,$500\n2,{SOUND},5e4,$-\n", "deferral_rate", ["0.0100", "0.0000"]
    ),
    "a union code": (f"{HEADS},Union\n1,{SOUND},5e4,L12\n2,{SOUND},5e4,\n", "is_union_member", ["False", "False"]),
    "a heading with (Y/N)": (f"{HEADS},Union (Y/N)\n1,{SOUND},5e4,Y\n", "is_union_member", ["True"]),
    "an owner of 5%": (
        f"{HEADS},Ownership %\n1,{SOUND},5e4,5\n2,{SOUND},5e4,5.01\n", "is_five_percent_owner", ["False", "True"]
    ),
    "an officer": (f"{HEADS},Officer\n1,{SOUND},5e4,Y\n", "is_five_percent_owner", ["False"]),
    "eligible in words": (
        f"{HEADS},Eligible\n1,{SOUND},5e4,Eligible\n2,{SOUND},5e4,Not eligible\n", "plan_eligible", ["True", "False"]
    ),
    "hours of half a month": (
        f"{HEADS},Standard Hours\n1,{SOUND},5e4,86.67\n2,{SOUND},5e4,173.33\n3,{SOUND},5e4,81.25\n",
        "scheduled_hours_per_week", ["40.00", "40.00", "37.50"],
    ),
    "somebody of the name of Total": (f"id,name,dob,doh,salary\n1,Total,{SOUND},5e4\n", "employee_id", ["1"]),
    "somebody in Total Rewards, and a count of dates": (
        f"id,dob,doh,salary,dept,mi,suffix,city,term date,x\n1,{SOUND},5e4,Total Rewards,,,,,\nTotal,1,1,5e4,,,,,,\n",
        "employee_id", ["1"],
    ),
    "line ends of an old Mac": (f"{HEADS}\r1,{SOUND},5e4\r2,{SOUND},5e4\r", "employee_id", ["1", "2"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_what_is_clear_is_read(tmp_path: Path, kind: str) -> None:
    text, column, values = READ[kind]
    assert [str(row[column]) for row in canonical(read_text(tmp_path, text).output)] == values


@pytest.mark.parametrize(
    ("cells", "meaning"), [(("5%", "6%"), "deferral_rate"), (("Active", "Terminated"), "employment_status")]
)
def test_a_heading_that_says_nothing_over_values_that_do_is_a_warning(
    tmp_path: Path, cells: tuple[str, str], meaning: str
) -> None:
    intake = read_text(tmp_path, f"{HEADS},Zz\n1,{SOUND},5e4,{cells[0]}\n2,{SOUND},5e4,{cells[1]}\n")
    assert f"Zz: looks like {meaning}, but was not used" in told(intake, "warning")


def test_headings_that_stand_on_each_page_are_passed_over(tmp_path: Path) -> None:
    intake = read_text(tmp_path, f"{HEADS}\n1,{SOUND},5e4\n{HEADS}\n2,{SOUND},5e4\nSubtotal Dept 7,,,1e5\n")
    assert intake.rows_kept == 2
    assert "passed over as headings that stand again: row 3." in told(intake, "left out")
    assert "passed over as totals: row 5." in told(intake, "left out")


def test_words_in_a_row_by_themselves_are_passed_over(tmp_path: Path) -> None:
    rows = f"Department: Sales,,,\n1,{SOUND},5e4\n* without interns,,,\n"
    intake = read_text(tmp_path, f"{HEADS}\n{rows}")
    assert intake.rows_read == intake.rows_kept == 1
    assert "passed over as notes: rows 2, 4." in told(intake, "left out")


def test_headings_begun_in_the_row_above_are_joined(tmp_path: Path) -> None:
    heads = "A Firm,,,,,\n,Date of,,Annual,Deferral,\nEmp #,Birth,Hire,Comp,%,Term Date\n"
    intake = read_text(tmp_path, f"{heads}1,{SOUND},5e4,6,\n2,{SOUND},5e4,10,\n")
    assert intake.columns["deferral_rate"] == "Deferral %"
    assert intake.columns["birth_date"] == "Birth"
    heads = "Employee,,,Pay,Plan\nID,DOB,Hire Date,Annual,Deferral %\n"
    assert read_text(tmp_path, f"{heads}1,{SOUND},50000,6\n").columns["annual_compensation"] == "Pay Annual"


@pytest.mark.parametrize(
    "heads", ["Employee,,,Pay\nID,DOB,Hire Date,Annual\n", "Employee,Date of,Date of,Annual\nID,Birth,Hire,Salary\n"]
)
def test_a_mapping_is_of_the_headings_that_two_rows_make(tmp_path: Path, heads: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{heads}1,{SOUND},50000\n", encoding="utf-8")
    mapping = tmp_path / "people.mapping.yaml"
    mapping.write_text(propose_mapping(path, mapping), encoding="utf-8")
    assert read(path, mapping=mapping).rows_kept == 1


WARNED = {
    "a match without a deferral": ("Match\n1,{},5e4,$900", "people were paid a match but have no deferral rate"),
    "dollars beside a rate of 0": (
        "Pre-Tax %,Catch-Up $,Term Date\n1,{},5e4,0,900,\n2,{},5e4,0,900,2020-01-31\n3,{},5e4,5,0,",
        "where the cell of the rate is empty, dollars tell it. (1 row, such as row 2)",
    ),
    "Roth dollars beside a Roth rate of 0": (
        "Pre-Tax %,Roth %,Roth $\n1,{},5e4,5,0,900\n2,{},5e4,5,3,900",
        "have a Roth rate of 0",
    ),
    "a rehire before the hire": ("Rehire Date\n1,{},5e4,2001-01-01", "is a rehire before the hire"),
    "an original hire after the hire": (
        "Original Hire Date\n1,{},5e4,2019-01-01",
        "is an original hire after the hire",
    ),
    "fractions with a sign": ("Deferral %\n1,{},5e4,0.06%\n2,{},5e4,0.10%", "people defer less than 0.5%"),
    "signs of some rates": ("Deferral %\n1,{},5e4,6%\n2,{},5e4,0.5", "0.5 was read as 50%"),
}


@pytest.mark.parametrize("kind", WARNED)
def test_what_is_strange_is_a_warning(tmp_path: Path, kind: str) -> None:
    rows, sentence = WARNED[kind]
    intake = read_text(tmp_path, f"{HEADS},{rows.replace('{}', SOUND)}\n")
    assert sentence in told(intake, "warning")


def test_a_column_without_values_is_told(tmp_path: Path) -> None:
    intake = read_text(tmp_path, f"{HEADS},Compensation\n1,{SOUND},5e4,\n")
    assert "Compensation: not used, as salary holds annual_compensation too." in told(intake, "read")


def test_another_sheet_of_people_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("Active", "Left", "Notes"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADS.split(",") if name != "Notes" else ["none"])
            sheet.write_row(1, 0, ["1", *SOUND.split(","), 50_000])
    intake = read(path)
    assert "left out: 'Left'." in told(intake, "warning")


@pytest.mark.parametrize("several_rows", ["latest", "sum"])
@pytest.mark.parametrize("spells", [(0, 1), (1, 0)])
def test_of_a_row_for_each_spell_the_latest_counts(tmp_path: Path, spells: tuple[int, int], several_rows: str) -> None:
    rows = ("1,1980-05-17,2019-05-01,,50000", "1,1980-05-17,2003-01-15,2012-08-31,0.01")
    meanings = "id: employee_id, dob: birth_date, doh: hire_date, term: termination_date, salary: annual_compensation"
    mapping = tmp_path / "m.yaml"
    mapping.write_text(f"several_rows: {several_rows}\ncolumns: {{{meanings}}}\n", encoding="utf-8")
    text = "id,dob,doh,term,salary\n" + "\n".join(rows[i] for i in spells) + "\n"
    (row,) = canonical(read_text(tmp_path, text, mapping=mapping).output)
    assert (row["hire_date"], row["termination_date"]) == (dt.date(2019, 5, 1), None)


def test_damaged_rows_are_no_merged_ones(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "several_rows: sum\ncolumns: {id: employee_id, dob: birth_date, doh: hire_date, salary: annual_compensation}\n",
        encoding="utf-8",
    )
    text = f"{HEADS}\n1,{SOUND},5e4\n1,{SOUND},5e4\n2,{SOUND},5e4\n3,1980\n"
    intake = read_text(tmp_path, text, mapping=mapping, on_bad_rows="drop")
    assert (intake.rows_kept, intake.rows_dropped) == (2, 1)
    assert "1 row of people with several merged (sum)" in told(intake, "changed")


def test_nobody_who_left_long_ago_needs_pay(tmp_path: Path) -> None:
    text = f"id,dob,doh,Term Date,Gross Wages\n1,{SOUND},,85000\n2,{SOUND},2024-06-30,3e4\n"
    text += f"3,{SOUND},2022-03-31,0\n4,{SOUND},2021-03-31,\n"
    intake = read_text(tmp_path, text)
    assert [row["employee_id"] for row in canonical(intake.output)] == ["1", "2"]
    assert (intake.rows_kept, intake.rows_dropped) == (2, 0)
    assert "people who left before 2024 and have no pay were left out" in told(intake, "left out")
    assert "annual_compensation: cannot be worked out" in refusal(tmp_path, text.replace("2022-03-31", ""))


def test_an_open_quote_is_told_for_every_row_that_it_swallows(tmp_path: Path) -> None:
    people = "".join(f"{n},{SOUND},5e4\n" for n in range(40))
    text = f"{HEADS}\n{people}".replace("30,1980", '30,"1980')
    message = refusal(tmp_path, text)
    assert "the row cannot be told apart into columns. " in message and "(10 rows, such as row 32)" in message
    few = {"on_bad_rows": "drop", "drop_at_most": None}
    assert "more than may be left out" in refusal(tmp_path, text, **few)


def test_headings_that_swallow_rows_are_refused(tmp_path: Path) -> None:
    rows = f'1,{SOUND},5e4,x\n2,{SOUND}\n3,{SOUND},5e4,"\n4,{SOUND},5e4,x\n'
    assert "row 1 should hold the column names, but it swallows" in refusal(tmp_path, f'{HEADS},"\n{rows}')


def test_rows_between_two_stray_quotes_are_damaged_and_remarks_of_two_lines_are_not(tmp_path: Path) -> None:
    rows = f'1,{SOUND},5e4,"a\n2,{SOUND},5e4,"b\n3,{SOUND},5e4,c\n'.replace('"b', '"')
    intake = read_text(tmp_path, f"{HEADS},remarks\n{rows}", on_bad_rows="drop")
    assert (intake.rows_kept, intake.rows_dropped) == (1, 2)
    intake = read_text(tmp_path, f'{HEADS},remarks\n1,{SOUND},5e4,"a,\nb"\n2,{SOUND},5e4,c\n')
    assert intake.rows_kept == 2


@pytest.mark.parametrize("name", ["__MACOSX/._people.csv", ".DS_Store", "export/.hidden", "Thumbs.db"])
def test_what_a_system_hides_in_an_archive_is_no_second_file(tmp_path: Path, name: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("export/people.csv", f"{HEADS}\n1,{SOUND},5e4\n")
        packed.writestr(name, b"\0\5")
    assert read_text(tmp_path, archive.getvalue(), "people.zip").rows_kept == 1


def test_rounded_values_are_told_in_columns_that_rules_may_change_too(tmp_path: Path) -> None:
    intake = read_text(tmp_path, f"{HEADS},Hours\n1,{SOUND},5e4,37.125\n2,{SOUND},5e4,80\n")
    assert "Hours: values were rounded to 2 decimals. (1 row, such as row 2)" in told(intake, "changed")


def test_values_that_nothing_tells_are_told_though_a_column_of_their_kind_is_there(tmp_path: Path) -> None:
    text = f"{HEADS},Hours Worked,Status\n1,{SOUND},5e4,1040,A\n2,{SOUND},5e4,,\n"
    intake = read_text(tmp_path, text)
    assert "scheduled_hours_per_week: rows of which nothing tells it were read as 40." in told(intake, "assumed")
    assert "Status: empty cells were read as employed. (1 row, such as row 3)" in told(intake, "assumed")
    assert "nobody has left" not in told(intake, "assumed")
