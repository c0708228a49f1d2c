"""``census map`` proposes, a person reviews, ``census.mapping`` reads: this year and the next."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from census_files import canonical, read

from planalign_orchestrator.census.mapping import load_mapping
from planalign_orchestrator.census.proposal import TO_REVIEW, propose_mapping
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.errors import ConfigurationError

SOUND = "1980-05-17,2015-03-02"


def census(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def mapping(folder: Path, text: str, name: str = "people.mapping.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def proposed(folder: Path, path: Path) -> Path:
    return mapping(folder, propose_mapping(path, folder / "work"))


def test_a_proposal_without_doubt_reads_the_file_as_no_mapping_does(tmp_path: Path) -> None:
    text = f"Emp #;Name;DOB;Hire Date;Annual Salary;Status;401(k) %\n1;Ann;{SOUND.replace(',', ';')};50000;A;5%\n"
    path = census(tmp_path, text)
    without = read(path).output.read_bytes()
    proposal = propose_mapping(path, tmp_path / "work")
    assert proposal.count(TO_REVIEW) == 0
    assert read(path, mapping=mapping(tmp_path, proposal)).output.read_bytes() == without


def test_ids_that_differ_in_spaces_only_are_one_person_to_ask_about(tmp_path: Path) -> None:
    path = census(tmp_path, f"id,dob,doh,salary\nA,{SOUND},50000\n A ,{SOUND},50000\n")
    text = propose_mapping(path, tmp_path / "work")
    assert "several_rows: refuse  # REVIEW: people have several rows: sum or latest" in text.splitlines()


def test_what_is_in_doubt_must_be_decided_before_a_mapping_is_used(tmp_path: Path) -> None:
    path = census(tmp_path, f"id,dob,doh,salary,Deferral,Status\n1,{SOUND},50000,50,A\n2,{SOUND},50000,75,Zed\n")
    made = proposed(tmp_path, path)
    with pytest.raises(ConfigurationError, match="still to be decided"):
        read(path, mapping=made)
    decided = made.read_text().replace("Deferral: REVIEW", "Deferral: {meaning: deferral_amount, unit: biweekly}")
    made.write_text(decided.replace("Zed: REVIEW", "Zed: leave"))
    rows = canonical(read(path, mapping=made).output)
    assert [row["deferral_rate"] for row in rows] == [Decimal("0.0260"), Decimal("0.0390")]
    assert [row["termination_date"] for row in rows] == [None, None]


@pytest.mark.parametrize(
    ("heading", "pay", "line"),
    [
        (
            "Salary",
            ("4100", "4900", "61000"),
            "unit: annual}  # numbers like ####, 3 of the first rows filled; REVIEW: 2 of them",
        ),
        (
            "Salary",
            ("18.50", "49000", "61000"),
            "unit: annual}  # numbers like #####, 3 of the first rows filled; REVIEW: 1 of them",
        ),
        ("Salary", ("12000", "49000", "61000"), "unit: annual}  # numbers like #####, 3 of the first rows filled\n"),
        (
            "Salary",
            ('"41.000,50"', '"45.000,50"'),
            "unit: annual}  # numbers like ##.###,##, 2 of the first rows filled\n",
        ),
        ("Salary ($000)", ("41", "49", "61"), "unit: thousands}  # numbers like ##, 3 of the first rows filled\n"),
    ],
)
def test_pay_that_hardly_is_that_of_a_year_is_to_be_reviewed(
    tmp_path: Path, heading: str, pay: tuple[str, ...], line: str
) -> None:
    rows = "".join(f"{number},{SOUND},{amount}\n" for number, amount in enumerate(pay))
    assert line in propose_mapping(census(tmp_path, f"id,dob,doh,{heading}\n{rows}"), tmp_path / "work")


def test_dates_before_the_hire_dates_are_no_termination_dates(tmp_path: Path) -> None:
    rows = "".join(f"{number},{SOUND},50000,2001-05-05\n" for number in range(3))
    path = census(tmp_path, f"id,dob,doh,salary,End Date\n{rows}")
    with pytest.raises(CensusRefusedError, match="End Date: holds dates before the hire dates"):
        read(path)
    made, left_open = proposed(tmp_path, path), '"End Date": REVIEW'
    assert left_open in made.read_text()
    made.write_text(made.read_text().replace(left_open, '"End Date": ignore'))
    assert read(path, mapping=made).rows_kept == 3


def test_required_columns_are_found_by_their_values(tmp_path: Path) -> None:
    rows = "".join(f"K{n},19{60 + n}-05-17,20{10 + n}-03-02,5{n}000\n" for n in range(9))
    path = census(tmp_path, f"alpha,beta,gamma,delta\n{rows}")
    made = proposed(tmp_path, path)
    held = {name: found.meaning for name, found in load_mapping(made).columns.items()}
    assert list(held.values()) == ["employee_id", "birth_date", "hire_date", "annual_compensation"]
    assert made.read_text().count("REVIEW: found by its values") == 4
    assert read(path, mapping=made).rows_kept == 9


@pytest.mark.parametrize(
    ("unit", "pay", "expected"),
    [
        ("monthly", "5000", "60000"), ("semimonthly", "2500", "60000"), ("biweekly", "2000", "52000"),
        ("weekly", "1000", "52000"), ("thousands", "52", "52000"), ("hourly", "25", "26000"),
        ("per_period", "2000", "52000"),
    ],
)  # fmt: skip
def test_amounts_of_every_unit_become_those_of_a_year(tmp_path: Path, unit: str, pay: str, expected: str) -> None:
    lines = [
        "id: employee_id",
        "dob: birth_date",
        "doh: hire_date",
        "hours: scheduled_hours_per_week",
        "f: pay_frequency",
    ]
    made = mapping(tmp_path, "columns:\n" + "".join(f"  {line}\n" for line in lines)
                   + f"  pay: {{meaning: annual_compensation, unit: {unit}}}\n")  # fmt: skip
    path = census(tmp_path, f"id,dob,doh,hours,f,pay\n1,{SOUND},20,Biweekly,{pay}\n")
    (row,) = canonical(read(path, mapping=made).output)
    assert row["annual_compensation"] == Decimal(expected)


@pytest.mark.parametrize(
    ("heading", "unit", "pays", "expected"),
    [
        ("Salary", "", (3000, 25_000), "36000.00"), ("Salary", "", (30_000, 35_000), "30000.00"),
        ("Annual Salary", "", (18_000, 19_000), "18000.00"), ("Salary", "monthly", (1500, 1600), "18000.00"),
    ],
)  # fmt: skip
def test_how_often_people_are_paid_multiplies_only_amounts_of_a_pay_period(
    tmp_path: Path, heading: str, unit: str, pays: tuple[int, int], expected: str
) -> None:
    made = mapping(tmp_path, "columns:\n  id: employee_id\n  dob: birth_date\n  doh: hire_date\n  Pay Type: pay_basis\n"
                             f"  {heading}: {{meaning: annual_compensation, unit: {unit}}}\n")  # fmt: skip
    rows = "".join(f"{n},{SOUND},{pay},Monthly\n" for n, pay in enumerate([pays[0], *pays]))
    path = census(tmp_path, f"id,dob,doh,{heading},Pay Type\n{rows}")
    intake = read(path, mapping=made) if unit else read(path)
    assert canonical(intake.output)[0]["annual_compensation"] == Decimal(expected)


@pytest.mark.parametrize(("how", "expected"), [("latest", "85000.00"), ("sum", "85000.00")])
def test_several_rows_a_person_are_added_up_or_the_latest_is_taken(tmp_path: Path, how: str, expected: str) -> None:
    unit = "{meaning: annual_compensation, unit: biweekly}" if how == "latest" else "paid_compensation"
    made = mapping(tmp_path, f"several_rows: {how}\ncolumns:\n  id: employee_id\n  dob: birth_date\n  doh: hire_date\n"
                             f"  pay: {unit}\n  day: period_date\n")  # fmt: skip
    pays = ("3269.23077", "1000") if how == "latest" else ("84000", "1000")
    text = f"id,dob,doh,pay,day\n1,{SOUND},{pays[0]},2024-12-27\n1,{SOUND},{pays[1]},2024-12-13\n"
    text += f"2,{SOUND},9e4,2024-12-13\n"
    intake = read(census(tmp_path, text), mapping=made)
    assert canonical(intake.output)[0]["annual_compensation"] == Decimal(expected)
    assert (intake.rows_read, intake.rows_kept, intake.rows_dropped) == (3, 2, 0)
    assert f"1 row of people with several merged ({how})." in intake.notes


@pytest.mark.parametrize(
    ("heading", "unit", "more", "expected"),
    [
        ("Annual Salary", "annual", "", "78000.00"), ("pay", "annual", "  gross: paid_compensation\n", "78000.00"),
        ("pay", "monthly", "", "936000.00"), ("pay", "annual", "", "155000.00"),
    ],
)  # fmt: skip
def test_rates_of_pay_are_not_added_up(tmp_path: Path, heading: str, unit: str, more: str, expected: str) -> None:
    lines = f"id: employee_id\n  dob: birth_date\n  doh: hire_date\n  day: period_date\n{more}"
    pay = f"  {heading}: {{meaning: annual_compensation, unit: {unit}}}\n"
    made = mapping(tmp_path, f"several_rows: sum\ncolumns:\n  {lines}{pay}")
    text = f"id,dob,doh,{heading},day,gross\n1,{SOUND},77000,2024-12-15,3000\n1,{SOUND},78000,2024-12-31,3000\n"
    intake = read(census(tmp_path, text), mapping=made)
    assert canonical(intake.output)[0]["annual_compensation"] == Decimal(expected)
    assert any("the latest counts" in note for note in intake.notes) == (expected != "155000.00")


def test_an_id_is_made_of_several_columns_and_commas_are_decimal_signs(tmp_path: Path) -> None:
    made = mapping(tmp_path, 'decimal: ","\ncolumns:\n  site: employee_id\n  no: employee_id\n  dob: birth_date\n'
                             "  doh: hire_date\n  pay: annual_compensation\n")  # fmt: skip
    path = census(
        tmp_path, "site;no;dob;doh;pay\n" + "".join(f"{s};1;{SOUND.replace(',', ';')};85.000,50\n" for s in "AB")
    )
    rows = canonical(read(path, mapping=made).output)
    assert [row["employee_id"] for row in rows] == ["A-1", "B-1"]
    assert rows[0]["annual_compensation"] == Decimal("85000.50")


def test_next_year_a_folder_gives_the_mapping_of_the_same_headings(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    text = "columns:\n  k: employee_id\n  b: birth_date\n  h: hire_date\n  p: annual_compensation\n"
    mapping(folder, text)
    mapping(folder, text.replace("p:", "q:"), "other.mapping.yaml")
    assert read(census(tmp_path, f"k,b,h,p\n1,{SOUND},50000\n"), mapping=folder).rows_kept == 1
    with pytest.raises(ConfigurationError, match="none of 2 mapping files fits"):
        read(census(tmp_path, f"k,b,h,z\n1,{SOUND},50000\n"), mapping=folder)


def test_other_headings_than_the_mapping_was_made_for_are_told(tmp_path: Path) -> None:
    made = mapping(tmp_path, "columns:\n  k: employee_id\n  b: birth_date\n  h: hire_date\n  p: annual_compensation\n")
    with pytest.raises(
        CensusRefusedError, match="p: is the column of annual_compensation in the mapping, but the file"
    ):
        read(census(tmp_path, f"k,b,h,pay\n1,{SOUND},50000\n"), mapping=made)
    intake = read(census(tmp_path, f"k,b,h,p,new\n1,{SOUND},50000,x\n"), mapping=made)
    assert any("made for other headings" in note for note in intake.notes)


LAST_YEAR = {
    "id": "1", "dob": "1980-05-17", "doh": "2015-03-02", "salary": "61000", "401k %": "6", "Term Date": "", "FTE": "1",
    "ER Balance": "5000", "Status": "A",
}  # fmt: skip


def six_people(folder: Path, name: str, **changed: str) -> Path:
    rows = [LAST_YEAR | changed | {"id": changed.get("id", "{}").format(number)} for number in range(6)]
    return census(folder, "\n".join([",".join(LAST_YEAR), *(",".join(row.values()) for row in rows)]), name)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"401k %": "2500"}, "401k %: held numbers near 6 when the mapping was made, and numbers near 2000 now"),
        ({"Term Date": "No"}, "Term Date: held dates when the mapping was made, and yes or no now"),
        ({"ER Balance": "Plan A"}, "ER Balance: held numbers near 5000 when the mapping was made, and text now"),
    ],
)
def test_a_column_of_other_values_is_not_read_by_an_old_mapping(
    tmp_path: Path, changes: dict[str, str], refused: str
) -> None:
    made = proposed(tmp_path, six_people(tmp_path, "old.csv", **{"Term Date": "2025-05-05", "ER Balance": "5000"}))
    with pytest.raises(CensusRefusedError, match=refused):
        read(six_people(tmp_path, "new.csv", **changes), mapping=made)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"salary": "2350"},
            "salary: held numbers near 60000 when the mapping was made, and numbers near 2000",
        ),
        ({"id": "E{}"}, "id: held numbers when the mapping was made, and text now: people may have other ids"),
        ({"401k %": "6%"}, ""),
        ({"401k %": "0.06"}, ""),
        ({"401k %": "", "Term Date": "2025-05-05", "FTE": "50%", "ER Balance": "", "Status": "Active"}, ""),
        ({"doh": "42065", "dob": "05/17/1980", "salary": '"$62,500"', "401k %": "0"}, ""),
    ],
)
def test_a_doubtful_change_is_told_and_a_harmless_one_is_not(
    tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    made = proposed(tmp_path, six_people(tmp_path, "old.csv"))
    intake = read(six_people(tmp_path, "new.csv", **changes), mapping=made)
    notes = [note for note in intake.notes if "when the mapping was made" in note]
    assert len(notes) == bool(told)
    assert all(note.startswith(told) for note in notes)


def test_of_two_mappings_for_the_same_headings_the_one_for_such_values_is_taken(tmp_path: Path) -> None:
    (folder := tmp_path / "mappings").mkdir()
    rates = propose_mapping(six_people(tmp_path, "rates.csv"), folder / "work")
    dollars = six_people(tmp_path, "dollars.csv", **{"401k %": "2500"})
    mapping(folder, rates, "a.mapping.yaml")
    mapping(
        folder, rates.replace("deferral_rate", "deferral_amount").replace("near 6\n", "near 2000\n"), "b.mapping.yaml"
    )
    assert canonical(read(dollars, mapping=folder).output)[0]["deferral_rate"] == Decimal("0.0410")


@pytest.mark.parametrize(
    ("heading", "pay", "frequency", "expected"),
    [
        ("Pay Amount Per Period", "2000", "Biweekly", "52000.00"),
        ("Gross Per Pay Period", "2500", "Semi-Monthly", "60000.00"),
        ("Pay Amount Per Period", "2000", "", "no column says how often people are paid"),
        ("Pay Amount Per Period", "61000", "Biweekly", "says pay of a pay period, but holds amounts as of a year"),
    ],
)
def test_pay_of_a_period_is_understood_by_heading_and_values(
    tmp_path: Path, heading: str, pay: str, frequency: str, expected: str
) -> None:
    name = "Pay Frequency" if frequency else "Remark"
    path = census(tmp_path, f"id,dob,doh,{heading},{name}\n1,{SOUND},{pay},{frequency}\n")
    if frequency and expected.endswith(".00"):
        assert canonical(read(path).output)[0]["annual_compensation"] == Decimal(expected)
        return
    with pytest.raises(CensusRefusedError, match=f"{heading}: .*{expected}"):
        read(path)
    assert "REVIEW" in propose_mapping(path, tmp_path / "work")


@pytest.mark.parametrize(
    ("text", "told"),
    [("columns: {a: shoe_size}", "is no meaning"), ("columns: {a: {meaning: employee_id, unit: daily}}", "unit"),
     ("column: {}", "column"), ("columns: [a]", "columns"), ("- a", "holds a list"),
     ("columns: {a: employee_id", "YAML")],
)  # fmt: skip
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load_mapping(mapping(tmp_path, text))
