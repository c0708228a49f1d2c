"""The kinds of file that clients send, each read rightly or refused with the sentence that helps."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from census_files import canonical, read

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.options import Band
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import CensusError

DAY = dt.date
SOUND = "1980-05-17,2015-03-02"


def written(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows_of(folder: Path, text: str, **options: Any) -> tuple[CensusIntake, list[dict[str, Any]]]:
    intake = read(written(folder, text), **options)
    return intake, canonical(intake.output)


def refusal(folder: Path, text: str, **options: Any) -> str:
    with pytest.raises(CensusRefusedError) as caught:
        read(written(folder, text), **options)
    return caught.value.message


def told(intake: CensusIntake, kind: str) -> str:
    return "\n".join(entry.sentence() for entry in intake.quality if entry.kind == kind)


TEMPLATE = """A Firm Inc. 401(k) Plan,,,,,,,,,,
Census for plan year ending 12/31/2024,,,,,,,,,,
First Name,Last Name,Employee ID,Date of Birth,Date of Hire,Date of Termination,Date of Rehire,{more}
Ann,One,1,02/29/1980,06/01/2010,,,2080,"85,000.00","5,100.00","1,700.00",
Bo,Two,2,07/04/1975,01/15/2003,08/31/2016,03/01/2018,2080,"123,500.00","12,350.00",,
Cy,Three,3,11/30/1999,10/01/2024,,,520,"11,800.00",354.00,,
Di,Four,4,05/05/1962,03/01/1990,,,2080,"191,000.00","28,650.00",,60
,,,,,,,,,,,
,TOTALS,,,,,,6760,"411,300.00","46,454.00","1,700.00",
""".replace("{more}", "Hours Worked,Gross Compensation,401(k) Deferrals,Roth,Owner %")


def test_pay_paid_is_annualized_and_dollars_become_rates(tmp_path: Path) -> None:
    intake, (one, two, three, four) = rows_of(tmp_path, TEMPLATE)
    assert (intake.rows_read, intake.rows_kept) == (4, 4)
    assert one["annual_compensation"] == one["prior_year_compensation"] == Decimal("85000.00")
    assert three["annual_compensation"] == Decimal("46943.48")  # 11,800 x 366 / 92 days
    assert (one["deferral_rate"], one["roth_share"]) == (Decimal("0.0800"), Decimal("0.2500"))
    assert (three["deferral_rate"], four["deferral_rate"]) == (Decimal("0.0300"), Decimal("0.1500"))
    assert (one["scheduled_hours_per_week"], one["is_five_percent_owner"]) == (40, False)
    assert four["is_five_percent_owner"] is True
    assert (two["hire_date"], two["termination_date"]) == (DAY(2018, 3, 1), None)
    assert "annualized by the days employed. (4 rows" in told(intake, "changed")
    assert "passed over as totals: row 9." in told(intake, "left out")
    assert "headings stand in row 3" in told(intake, "read")


def test_earlier_service_of_people_hired_again_is_credited(tmp_path: Path) -> None:
    _, (_, two, *_) = rows_of(tmp_path, TEMPLATE)
    days = (DAY(2016, 8, 31) - DAY(2003, 1, 15)).days + (DAY(2024, 12, 31) - DAY(2018, 3, 1)).days
    assert two["years_of_vesting_service"] == round(Decimal(days) / Decimal("365.25"), 2)


def test_of_two_termination_dates_the_later_counts(tmp_path: Path) -> None:
    heads = "Employee ID,DOB,Date of Hire,Date of Termination 1,Date of Rehire,Date of Termination 2,Annual Pay"
    text = f"{heads}\n1,{SOUND},2016-01-31,2018-02-01,2024-07-31,50000\n2,{SOUND},2016-01-31,2018-02-01,,50000\n"
    _, (left, back) = rows_of(tmp_path, text)
    assert (left["hire_date"], left["termination_date"]) == (DAY(2018, 2, 1), DAY(2024, 7, 31))
    assert (back["hire_date"], back["termination_date"]) == (DAY(2018, 2, 1), None)


def test_pre_tax_and_roth_rates_add_up(tmp_path: Path) -> None:
    _, (row,) = rows_of(tmp_path, f"id,dob,doh,salary,Pre-Tax %,Roth %\n1,{SOUND},50000,6%,2%\n")
    assert (row["deferral_rate"], row["roth_share"]) == (Decimal("0.0800"), Decimal("0.2500"))


def test_roth_dollars_beside_a_roth_rate_count_once(tmp_path: Path) -> None:
    _, (row,) = rows_of(tmp_path, f"id,dob,doh,salary,Pre-Tax $,Roth %,Roth $\n1,{SOUND},50000,3000,2%,1000\n")
    assert (row["deferral_rate"], row["roth_share"]) == (Decimal("0.0800"), Decimal("0.2500"))


@pytest.mark.parametrize("cells", ["Pre-Tax %,Roth %\n1,{},50000,6%,0%", "401(k) Deferrals,Roth\n1,{},50000,$3000,$0"])
def test_who_makes_no_roth_deferrals_has_a_share_of_none(tmp_path: Path, cells: str) -> None:
    _, (row,) = rows_of(tmp_path, f"id,dob,doh,salary,{cells.format(SOUND)}\n")
    assert (row["deferral_rate"], row["roth_share"]) == (Decimal("0.0600"), Decimal("0.0000"))


@pytest.mark.parametrize("cells", [("50", "75", "25"), ("$50", "$75", "$25")])
def test_dollars_of_a_pay_period_are_asked_for(tmp_path: Path, cells: tuple[str, ...]) -> None:
    rows = "".join(f"{n},{SOUND},50000,{cell}\n" for n, cell in enumerate(cells))
    message = refusal(tmp_path, f"id,dob,doh,salary,Deferral\n{rows}")
    assert "column Deferral" in message and "pay period" in message
    assert ("dollars, so few" in message) == cells[0].startswith("$")


@pytest.mark.parametrize(
    ("eligible", "entry", "rate", "expected"),
    [("N", "2025-04-01", "0", True), ("N", "", "0", False), ("N", "", "5%", True), ("Y", "2016-01-01", "0", True)],
)
def test_not_eligible_yet_is_not_never(tmp_path: Path, eligible: str, entry: str, rate: str, expected: bool) -> None:
    heads = "id,dob,doh,salary,Eligible,Plan Entry Date,Deferral %"
    text = f"{heads}\n1,{SOUND},50000,{eligible},{entry},{rate}\n2,{SOUND},5e4,Y,,3%\n"
    intake, (row, _) = rows_of(tmp_path, text)
    assert row["plan_eligible"] is expected
    assert ("eligible" in told(intake, "warning") + told(intake, "changed")) == (eligible == "N")


def test_hours_of_two_weeks_are_halved_and_zero_is_unknown(tmp_path: Path) -> None:
    text = f"id,dob,doh,salary,Standard Hours,FTE\n1,{SOUND},85000,80,1\n2,{SOUND},30000,0,0.5\n3,{SOUND},85000,0,\n"
    text += f"4,{SOUND},30000,40,0.5\n5,{SOUND},30000,20,0.5\n"
    intake, rows = rows_of(tmp_path, text)
    assert [row["scheduled_hours_per_week"] for row in rows] == [40, 20, 40, 20, 20]
    assert "two weeks" in told(intake, "warning") and "hours of 0" in told(intake, "changed")


@pytest.mark.parametrize(("full", "half"), [("100%", "50%"), ("100", "50"), ("1", "0.5"), ("1.0", ".5")])
def test_parts_of_full_time_are_percents_or_fractions(tmp_path: Path, full: str, half: str) -> None:
    _, rows = rows_of(tmp_path, f"id,dob,doh,salary,FTE %\n1,{SOUND},85000,{full}\n2,{SOUND},30000,{half}\n")
    assert [row["scheduled_hours_per_week"] for row in rows] == [40, 20]


@pytest.mark.parametrize("total", ["Total Employees: 2", "Record Count: 2", "Totals 1,204", "Grand Total:"])
def test_a_total_with_a_count_is_nobody(tmp_path: Path, total: str) -> None:
    intake, rows = rows_of(tmp_path, f"id,dob,doh,salary\n1,{SOUND},85000\n2,{SOUND},30000\n{total},,,115000\n")
    assert len(rows) == 2
    assert "passed over as totals: row 4." in told(intake, "left out")


@pytest.mark.parametrize(
    "none", ["0000-00-00", "00.00.0000", "1/0/1900", "31.12.2999", "00/00/0000", "0", "12/31/9999"]
)
def test_zero_dates_mean_none(tmp_path: Path, none: str) -> None:
    intake, (row,) = rows_of(tmp_path, f"id,dob,doh,salary,Term Date\n1,{SOUND},50000,{none}\n")
    assert row["termination_date"] is None
    assert "Term Date: 1 cell with dates such as 0000-00-00, read as none." in told(intake, "changed")


def test_half_converted_dates_are_told(tmp_path: Path) -> None:
    text = "id,birth_date,doh,salary\n1,1980-04-03,2010-06-01,48000\n2,13/04/1975,2003-01-15,52000\n"
    text += "3,28/02/1962,2001-05-01,9e4\n"
    intake, _ = rows_of(tmp_path, text)
    assert "birth_date: 2 dates are day first" in told(intake, "warning") and "hire" not in told(intake, "warning")


def test_two_orders_of_day_and_month_in_one_column_are_told(tmp_path: Path) -> None:
    days = ("13/04/1975", "28/02/1975", "04/28/1962")
    text = "id,dob,doh,salary\n" + "".join(f"{n},{day},2003-01-15,52000\n" for n, day in enumerate(days))
    with pytest.raises(CensusRefusedError) as caught:
        read(written(tmp_path, text))
    assert any("two orders in one column" in note for note in caught.value.findings.notes)


def test_hourly_rates_among_salaries_are_told_with_their_number(tmp_path: Path) -> None:
    rows = "".join(f"{n},{SOUND},{pay}\n" for n, pay in enumerate((85000, 123500, 18.5, 22.75, 4833.33)))
    intake, _ = rows_of(tmp_path, f"id,dob,doh,Annual Salary\n{rows}")
    assert "below the federal minimum wage" in told(intake, "warning") and "(3 rows, such as row 4)" in told(
        intake, "warning"
    )


def test_a_column_of_hourly_rates_is_asked_for_unless_its_heading_says_so(tmp_path: Path) -> None:
    rows = f"1,{SOUND},18.50,40\n2,{SOUND},31.25,20\n"
    assert "hourly rates" in refusal(tmp_path, f"id,dob,doh,Salary,Weekly Hours\n{rows}")
    for heading in ("Hourly Rate", "Pay Rate", "Base Rate"):
        _, people = rows_of(tmp_path, f"id,dob,doh,{heading},Weekly Hours\n{rows}")
        assert [row["annual_compensation"] for row in people] == [Decimal("38480.00"), Decimal("32500.00")]


def test_several_rows_a_person_are_refused_with_the_setting_that_helps(tmp_path: Path) -> None:
    message = refusal(
        tmp_path, f"id,dob,doh,salary,Pay Date\n1,{SOUND},3269.23,2024-12-13\n1,{SOUND},3269.23,2024-12-27\n"
    )
    assert "several rows a person" in message and "several_rows: sum" in message


@pytest.mark.parametrize("word", ["A", "L", "P", "S", "W", "T", "U", "V", "R", "Q", "X", "D"])
def test_status_codes_of_common_systems_are_known(tmp_path: Path, word: str) -> None:
    _, (row,) = rows_of(tmp_path, f"id,dob,doh,salary,Empl Status\n1,{SOUND},50000,{word}\n")
    assert (row["termination_date"] is None) == (word in "ALPSW")


def test_sap_status_digits_are_told_from_flags(tmp_path: Path) -> None:
    _, rows = rows_of(tmp_path, f"id,dob,doh,salary,Status\n1,{SOUND},50000,3\n2,{SOUND},50000,0\n3,{SOUND},50000,1\n")
    assert [row["termination_date"] is None for row in rows] == [True, False, True]


def test_unknown_status_words_are_asked_with_counts_and_lines(tmp_path: Path) -> None:
    message = refusal(
        tmp_path, f"id,dob,doh,salary,Status\n1,{SOUND},50000,Zed\n2,{SOUND},50000,zed\n3,{SOUND},50000,A\n"
    )
    assert "'zed' (2)" in message and "status: {zed: REVIEW}" in message


@pytest.mark.parametrize(
    ("word", "state"),
    [("Active - Full Time", "employed"), ("Terminated 3/15/24", "left"), ("LOA (medical)", "leave"), ("Con", "REVIEW")],
)
def test_the_lines_to_add_say_what_a_word_seems_to_say(tmp_path: Path, word: str, state: str) -> None:
    message = refusal(tmp_path, f"id,dob,doh,salary,Status\n1,{SOUND},50000,{word}\n2,{SOUND},50000,A\n")
    assert f"{word.lower()}{'' if word == 'Con' else chr(34)}: {state}}}" in message


def test_levels_above_the_table_are_refused(tmp_path: Path) -> None:
    text = f"id,dob,doh,salary,Level\n1,{SOUND},48000,1\n2,{SOUND},52000,7\n3,{SOUND},300000,1\n"
    bands = [Band(1, 40_000, 80_000), Band(2, 80_000, 120_000)]
    assert "'7' is no job level of the level table, 1 to 2" in refusal(tmp_path, text, bands=bands)
    intake, _ = rows_of(tmp_path, text.replace(",7", ",1"), bands=bands)
    assert "does not fit the person's pay" in told(intake, "warning")


def test_an_unused_heading_that_is_nearly_known_is_a_warning(tmp_path: Path) -> None:
    intake, _ = rows_of(tmp_path, f"id,dob,doh,salary,My Deferral Choice\n1,{SOUND},50000,5%\n")
    assert "My Deferral Choice: looks like deferral_rate, but was not used" in told(intake, "warning")


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "Err:502", "########"])
@pytest.mark.parametrize("column", [1, 3, 4, 5, 6])
def test_what_a_spreadsheet_could_not_show_is_a_fault_in_every_column(tmp_path: Path, error: str, column: int) -> None:
    cells = ["A", "1980-05-17", "2015-03-02", "50000", "", "", "", ""]
    cells[column] = error
    text = "id,dob,doh,salary,term date,deferral %,status,owner\n" + ",".join(cells) + "\n"
    message = refusal(tmp_path, text)
    assert f"'{error}' is what a spreadsheet shows when it has no value" in message
    assert "the census has an error" in message


def test_ids_in_scientific_notation_have_lost_digits(tmp_path: Path) -> None:
    assert "scientific notation" in refusal(tmp_path, f"id,dob,doh,salary\n1.23E+11,{SOUND},50000\n")


@pytest.mark.parametrize("ids", [("900-11-0001", "B"), ("123456789", "987654321"), ("523456789", "187654321")])
def test_social_security_numbers_are_never_ids(tmp_path: Path, ids: tuple[str, str]) -> None:
    rows = "".join(f"{name},{SOUND},50000\n" for name in ids)
    assert "social security" in refusal(tmp_path, f"id,dob,doh,salary\n{rows}")


def test_pseudonyms_are_stable_whatever_the_dashes(tmp_path: Path) -> None:
    key = written(tmp_path, "0123456789abcdef secret", "key.txt")
    made = []
    for number in ("007-11-0001", "007110001", "7110001"):  # a spreadsheet takes zeros away
        intake, (row,) = rows_of(tmp_path, f"SSN,dob,doh,salary\n{number},{SOUND},50000\n", key_file=key)
        made.append(row["employee_id"])
        assert b"110001" not in intake.output.read_bytes() and "11-0001" not in str(intake.as_record())
        assert "ignored and never stored" not in told(intake, "left out")
    assert len({*made}) == 1 and made[0].startswith("K")
    assert "census.pseudonym: keyed" in refusal(tmp_path, f"SSN,dob,doh,salary\n900110001,{SOUND},50000\n")


@pytest.mark.parametrize("number", ["XXX-XX-0001", "0001", "unknown"])
def test_no_pseudonym_is_made_of_half_a_number(tmp_path: Path, number: str) -> None:
    key = written(tmp_path, "0123456789abcdef secret", "key.txt")
    path = written(tmp_path, f"SSN,dob,doh,salary\n{number},{SOUND},50000\n")
    with pytest.raises(CensusError, match="masked or cut"):
        read(path, key_file=key)


def test_groups_are_kept_and_never_social_security_numbers(tmp_path: Path) -> None:
    text = f"id,dob,doh,salary,Cost Center,SSN\n1,{SOUND},50000,Nord,900110001\n"
    _, (row,) = rows_of(tmp_path, text, groups=["cost center"])
    assert row["cost_center"] == "Nord"
    assert "social security" in refusal(tmp_path, text, groups=["SSN"])
    assert "no such column" in refusal(tmp_path, text, groups=["Team"])


def test_birth_dates_are_imputed_only_on_request(tmp_path: Path) -> None:
    text = f"id,dob,doh,salary\n1,,2015-03-02,50000\n2,{SOUND},50000\n"
    assert "is empty" in refusal(tmp_path, text)
    intake, (row, _) = rows_of(tmp_path, text, birth_date_from_age=30.5)
    assert row["birth_date"] == DAY(1984, 9, 2)
    assert "30.5 years before the hire (census.impute.birth_date). (1 row, such as row 2)" in told(intake, "imputed")
    without, (row,) = rows_of(tmp_path, "id,doh,salary\n1,2015-03-02,50000\n", birth_date_from_age=30.0)
    assert row["birth_date"] == DAY(1985, 3, 2) and "(1 row, such as row 2)" in told(without, "imputed")


def test_dropping_more_than_a_twentieth_needs_a_number(tmp_path: Path) -> None:
    good = "".join(f"{n},{SOUND},50000,N\n" for n in range(38))
    text = f"id,dob,doh,salary,owner\n{good}a,{SOUND},0,N\nb,{SOUND},0,N\n"
    assert read(written(tmp_path, text), on_bad_rows="drop", drop_at_most=None).rows_dropped == 2
    more = text + f"c,{SOUND},0,N\n"
    assert "more than may be left out (2)" in refusal(tmp_path, more, on_bad_rows="drop", drop_at_most=None)
    assert read(written(tmp_path, more), on_bad_rows="drop", drop_at_most=3).rows_dropped == 3
    owner = text.replace("b,1980-05-17,2015-03-02,0,N", "b,1980-05-17,2015-03-02,0,Y")
    assert "nobody with is_five_percent_owner true" in refusal(tmp_path, owner, on_bad_rows="drop", drop_at_most=None)


def test_faults_are_counted_by_kind_before_they_are_listed(tmp_path: Path) -> None:
    bad = "".join(f"{n},{SOUND},0\n" for n in range(30))
    message = refusal(tmp_path, f"id,dob,doh,salary\n{bad}x,1980-05-17,never,50000\n").splitlines()
    counted = (
        ("salary: is not above 0.", "(30 rows, such as row 2)"),
        ("doh: is not a date.", "(1 row, such as row 32)"),
    )
    for start, end in counted:
        assert any(line.strip().startswith(start) and line.endswith(end) for line in message[1:3])
    assert "The first 20:" in message


def test_pay_days_tell_the_year_of_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"id,dob,doh,salary,Pay Date\n1,{SOUND},50000,2024-12-27\n")
    assert read(path, as_of=None).as_of == DAY(2024, 12, 31)


def test_the_as_of_date_is_found_in_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"id,dob,doh,salary,term\n1,{SOUND},50000,\n2,1980-05-17,2021-04-01,50000,2022-06-30\n")
    intake = read(path, as_of=None)
    assert intake.as_of == DAY(2022, 12, 31)
    assert "the first plan year is 2023" in told(intake, "read")


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_compressed_files_are_unpacked(tmp_path: Path, packing: str) -> None:
    text = f"id,dob,doh,salary\n1,{SOUND},50000\n".encode()
    path = tmp_path / f"people.csv.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(text))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("people.csv", text)
    assert read(path).rows_kept == 1


def test_what_is_wrong_inside_an_archive_names_the_archive(tmp_path: Path) -> None:
    (tmp_path / "blank.csv.gz").write_bytes(gzip.compress(b"\n\n"))
    with pytest.raises(CensusError, match=r"^\S*blank\.csv\.gz: the file holds only blank lines"):
        read(tmp_path / "blank.csv.gz")


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.csv", "a")
        archive.writestr("two.csv", "b")
    with pytest.raises(Exception, match="holds 2 files, not one"):
        read(tmp_path / "a.zip")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "cp1252", "utf-8-sig"])
def test_any_encoding_and_headings_over_two_rows_are_read(tmp_path: Path, encoding: str) -> None:
    text = f"Employee,Date of,Date of,Annual,Léon’s\nID,Birth,Hire,Salary,é\n1,{SOUND},50000,ü\n"
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(encoding))
    assert read(path).rows_kept == 1


def test_most_people_with_one_birthday_and_nobody_deferring_are_strange(tmp_path: Path) -> None:
    rows = "".join(f"{n},19{60 + n}-01-01,2023-03-02,50000,0\n" for n in range(30))
    intake, _ = rows_of(tmp_path, f"id,dob,doh,salary,Deferral %\n{rows}")
    found = told(intake, "warning")
    assert "share one birthday" in found and "opening participation is 0" in found
    assert "more than a year before" in told(
        read(written(tmp_path, "id,dob,doh,salary\n" + "".join(f"{n},{SOUND},50000\n" for n in range(30)))), "warning"
    )


def test_people_hired_lately_are_held_against_the_pay_of_the_hires_that_a_run_makes(tmp_path: Path) -> None:
    bands = [Band(1, 40_000, 80_000, hired_at=52_000), Band(2, 80_000, 120_000, hired_at=92_000)]

    def said(pay: int) -> str:
        rows = "".join(f"{n},1980-01-{n + 1:02},2023-03-{n + 1:02},{pay},5%\n" for n in range(30))
        text = f"id,dob,doh,salary,Deferral %\n{rows}"
        return told(rows_of(tmp_path, text, bands=bands)[0], "warning")

    assert "people were hired within three years, and in the mean are paid at least 15% more" in said(70_000)
    assert "at least 15% less" in said(42_000)
    assert "within three years" not in said(50_000)
    assert "within three years" not in told(
        rows_of(tmp_path, "id,dob,doh,salary\n" + "".join(f"{n},{SOUND},70000\n" for n in range(30)))[0], "warning"
    )
