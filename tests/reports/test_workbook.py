"""results.xlsx, read back: the database's figures, text that stays text, sheets that are split, a file that opens."""

from __future__ import annotations

import csv
import errno
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.reports import workbook
from planalign_orchestrator.reports.definitions import column, group_name, group_type_name, public_tables
from planalign_orchestrator.reports.page import Page
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.reports.spreadsheet import clean, write_page_files
from planalign_orchestrator.reports.workbook import write_workbook
from planalign_orchestrator.run.folder import RunFolder

SHEETS = [
    "Summary", "Charts", "Workforce by year", "Plan by year", "Plan by group", "Events by type", "Compensation growth",
    "Testing", "Settings", "Data quality", "Assumption tables", "Run", "Definitions",
]  # fmt: skip
PEOPLE = ["People 2025", "People 2026", "Events 2025", "Events 2026"]

Table = list[dict[str, Any]]


@pytest.fixture(scope="module")
def plain(two_years: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with open_results(two_years.root) as results:
        return write_workbook(results, tmp_path_factory.mktemp("xlsx") / "results.xlsx")


@pytest.fixture(scope="module")
def with_people(two_years: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with open_results(two_years.root) as results:
        return write_workbook(results, tmp_path_factory.mktemp("xlsx") / "people.xlsx", people=True)


@pytest.fixture
def results(two_years: RunFolder) -> Iterator[RunResults]:
    with open_results(two_years.root) as opened:
        yield opened


def read(path: Path, sheet: str, header: int = 0) -> Table:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)[header:]
    titles = [str(int(title)) if isinstance(title, float) else str(title) for title in rows[0]]  # years are numbers
    return [dict(zip(titles, row, strict=True)) for row in rows[1:]]


def total(rows: Table, title: str) -> float:
    return round(sum(float(row[title]) for row in rows if row[title] != ""), 2)


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".xml")}


def test_the_sheets_and_their_order(plain: Path, with_people: Path) -> None:
    assert CalamineWorkbook.from_path(str(plain)).sheet_names == SHEETS
    assert CalamineWorkbook.from_path(str(with_people)).sheet_names == SHEETS + PEOPLE


@pytest.mark.parametrize("sheet", ["Workforce by year", "Plan by year", "Plan by group", "Compensation growth"])
def test_marts_stand_as_numbers_cell_by_cell(plain: Path, results: RunResults, sheet: str) -> None:
    table = {"Plan by group": "fct_plan_by_group", "Compensation growth": "fct_compensation_growth"}.get(
        sheet, "fct_yearly_summary"
    )
    names = {found.title: found.name for found in public_tables()[table].columns.values()}
    rows = results.groups() if table == "fct_plan_by_group" else results.rows(table)
    shown = read(plain, sheet)
    assert len(shown) == len(rows)
    for row, from_database in zip(shown, rows, strict=True):
        for title, value in row.items():
            expected = from_database[names[title]]
            if expected is None:
                assert value == ""
            elif names[title] == "group_type":
                assert value == group_type_name(expected)
            elif names[title] == "group_name":
                assert value == group_name(from_database["group_type"], expected)
            elif isinstance(expected, str):
                assert value == expected
            else:
                assert float(value) == pytest.approx(float(expected), abs=1e-9), (sheet, title)


def test_every_measure_of_the_year_stands_on_a_year_sheet(plain: Path) -> None:
    titles = {*read(plain, "Workforce by year")[0], *read(plain, "Plan by year")[0]}
    assert {found.title for found in public_tables()["fct_yearly_summary"].columns.values()} - titles == {
        "Scenario",
        "Plan design",
        "Cell",
    }


def test_the_summary_names_the_years_and_adds_them_up(plain: Path, results: RunResults) -> None:
    rows = {row["Measure"]: row for row in read(plain, "Summary", header=4) if row.get("Unit")}
    assert [title for title in rows["Match"] if title.startswith("20")] == ["2025", "2026", "2025-2026"]
    for name in ("employer_match", "forfeitures", "payroll", "net_employer_cost"):
        row = rows[column("fct_yearly_summary", name).title]
        assert row["2025-2026"] == pytest.approx(float(sum(year[name] for year in results.summary)), abs=0.005)
        called = name.title().replace("_", "")
        assert f"<f>SUM({called})</f>" in parts(plain)["xl/worksheets/sheet1.xml"]
    assert rows["Participation"]["2025-2026"] == "" and rows["Match"]["Unit"] == "dollars"
    assert rows["Participation"]["2026"] == float(results.summary[1]["participation_rate"])


def test_large_money_stands_in_thousands_and_stays_exact(two_years: RunFolder, tmp_path: Path) -> None:
    with open_results(two_years.root) as results:
        results.summary[0]["payroll"] = Decimal("123456789.01")
        path = write_workbook(results, tmp_path / "large.xlsx")
    rows = {row["Measure"]: row for row in read(path, "Summary", header=4) if row.get("Unit")}
    assert rows["Payroll"]["2025"] == 123456789.01
    units = {name: rows[name]["Unit"] for name in ("Payroll", "Match", "Mean annual pay at year end")}
    assert units == dict.fromkeys(("Payroll", "Match"), "thousands of dollars") | {
        "Mean annual pay at year end": "dollars per person"
    }
    assert 'formatCode="#,##0,"' in parts(path)["xl/styles.xml"]


def test_events_and_people_add_up_to_the_summary(with_people: Path, results: RunResults) -> None:
    kinds = read(with_people, "Events by type")
    assert total(kinds, "Events") == results.query("select count(*) as n from fct_yearly_events")[0]["n"]
    for row in results.summary:
        year = row["simulation_year"]
        people = read(with_people, f"People {year}")
        for name in ("payroll", "employee_contributions", "employer_match", "employer_core", "forfeitures"):
            person_level = {"payroll": "prorated_annual_compensation", "forfeitures": "forfeiture_amount"}.get(
                name, name
            )
            assert total(people, column("fct_workforce_snapshot", person_level).title) == float(row[name])
        assert sum(person["Status"] == "active" for person in people) == row["closing_headcount"]
        events = read(with_people, f"Events {year}")
        assert len(events) == sum(kind["Events"] for kind in kinds if kind["Year"] == year)
        assert sum(event["Event"] == "hire" for event in events) == row["hires"]


def test_person_sheets_are_split_before_the_limit(two_years: RunFolder, tmp_path: Path) -> None:
    with open_results(two_years.root) as results:
        whole = write_workbook(results, tmp_path / "whole.xlsx", people=True)
        split = write_workbook(results, tmp_path / "split.xlsx", people=True, rows_per_sheet=200)
        n = results.query("select count(*) as n from fct_workforce_snapshot where simulation_year = 2025")[0]["n"]
    names = [name for name in CalamineWorkbook.from_path(str(split)).sheet_names if name.startswith("People 2025")]
    assert names == ["People 2025", "People 2025 (2)", "People 2025 (3)"]
    pieces = [read(split, name) for name in names]
    assert [len(piece) for piece in pieces] == [199, 199, n - 398]
    assert [row for piece in pieces for row in piece] == read(whole, "People 2025")


def test_a_sheet_that_is_exactly_full_is_not_followed_by_an_empty_one(two_years: RunFolder, tmp_path: Path) -> None:
    with open_results(two_years.root) as results:
        n = results.query("select count(*) as n from fct_workforce_snapshot where simulation_year = 2025")[0]["n"]
        path = write_workbook(results, tmp_path / "full.xlsx", people=True, rows_per_sheet=n + 1)
    assert "People 2025 (2)" not in CalamineWorkbook.from_path(str(path)).sheet_names


def test_headers_are_frozen_filtered_and_repeated_in_print(plain: Path) -> None:
    sheets = [text for name, text in sorted(parts(plain).items()) if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(SHEETS)
    assert sum('state="frozen"' in text for text in sheets) == len(SHEETS) - 2  # charts, and assumptions
    assert all('orientation="landscape"' in text and "<oddFooter>" in text for text in sheets)
    titles = re.findall(r"_xlnm.Print_Titles[^>]*>([^<]*)", parts(plain)["xl/workbook.xml"])
    assert len(titles) == len(SHEETS) - 1 and all(title.split(",")[-1].count("$") == 2 for title in titles)


def test_every_table_is_an_excel_table_with_its_headings(plain: Path) -> None:
    everything = parts(plain)
    tables = [text for name, text in everything.items() if name.startswith("xl/tables/")]
    names = re.findall(r'displayName="([^"]+)"', "".join(tables))
    assert len(names) == len(set(names)) > 15 and {"PlanByYear", "PlanByGroup", "Settings"} <= set(names)
    (plan,) = [text for text in tables if 'displayName="PlanByYear"' in text]
    assert re.findall(r'tableColumn id="\d+" name="([^"]+)"', plan) == list(read(plain, "Plan by year")[0])
    assert "<autoFilter" in everything["xl/worksheets/sheet1.xml"]  # its headings are years, which a table cannot have


def test_charts_and_names_point_at_the_figures(plain: Path) -> None:
    everything = parts(plain)
    drawn = [text for name, text in everything.items() if name.startswith("xl/charts/chart")]
    assert len(drawn) == 4
    titles = {title: i for i, title in enumerate(read(plain, "Plan by year")[0])}
    cost = next(text for text in drawn if "Net employer cost" in text)
    letter = chr(ord("A") + titles["Net employer cost"])
    cells = f"'Plan by year'!${letter}$2:${letter}$3"
    assert f"<c:f>{cells}</c:f>" in cost and f'name="NetEmployerCost">{cells}<' in everything["xl/workbook.xml"]


def test_columns_are_wide_enough_for_what_they_show(plain: Path) -> None:
    text = parts(plain)["xl/worksheets/sheet4.xml"]
    runs = re.findall(r'<col min="([0-9]+)" max="([0-9]+)" width="([0-9.]+)"', text)
    widths = [float(width) for low, high, width in runs for _ in range(int(low), int(high) + 1)]
    assert len(widths) == len(read(plain, "Plan by year")[0])
    payroll = list(read(plain, "Plan by year")[0]).index("Payroll")
    assert 13 <= widths[payroll] <= 20 and widths[0] <= 10


def test_text_is_printed_in_8_points_or_more(plain: Path) -> None:
    everything = parts(plain)
    (smallest, *_) = sorted(map(float, re.findall(r'<sz val="([0-9.]+)"', everything["xl/styles.xml"])))
    sheets = [text for name, text in everything.items() if name.startswith("xl/worksheets/sheet") and "<cols>" in text]
    assert len(sheets) == len(SHEETS) - 1  # charts
    for text in sheets:
        columns = re.findall(r'<col min="([0-9]+)" max="([0-9]+)" width="([0-9.]+)"', text)
        characters = sum((int(high) - int(low) + 1) * float(width) for low, high, width in columns)
        ((left, right),) = re.findall(r'<pageMargins left="([0-9.]+)" right="([0-9.]+)"', text)
        pages = int(next(iter(re.findall(r'fitToWidth="([0-9]+)"', text)), 1))
        assert "<pageSetUpPr fitToPage" in text and 'paperSize="1"' in text  # letter, 11 inches wide
        scale = pages * (11 - float(left) - float(right)) / (characters * 7 / 96)
        assert min(1, scale) * smallest >= 8


def test_equal_results_give_equal_bytes(two_years: RunFolder, plain: Path, with_people: Path, tmp_path: Path) -> None:
    with open_results(two_years.root) as results:
        again = write_workbook(results, tmp_path / "again.xlsx")
        again_with_people = write_workbook(results, tmp_path / "people.xlsx", people=True)
    assert again.read_bytes() == plain.read_bytes()
    assert again_with_people.read_bytes() == with_people.read_bytes()


HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.invalid")', "http://example.invalid", "nul\0here",
    "bell\x07", "_x0041_", "<r>raw</r>", "<b>&amp;</b>", " spaces ", "two\nlines", "0012", "émigré 日本",
]  # fmt: skip


@pytest.fixture
def hostile(two_years: RunFolder, tmp_path: Path) -> RunFolder:
    """A run whose people have names out of a nightmare."""
    shutil.copytree(two_years.root, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    with duckdb.connect(str(folder.database)) as connection:
        keys = connection.execute(
            "select distinct person_key from fct_workforce_snapshot order by 1 limit 15"
        ).fetchall()
        for (key,), name in zip(keys, HOSTILE, strict=True):
            connection.execute("update fct_workforce_snapshot set employee_id = ? where person_key = ?", [name, key])
        connection.execute("update fct_workforce_snapshot set birth_date = date '1899-12-31' where person_key = 1")
    return folder


def test_text_stays_text_and_no_formula_is_written(hostile: RunFolder, tmp_path: Path) -> None:
    with open_results(hostile.root) as results:
        path = write_workbook(results, tmp_path / "hostile.xlsx", people=True)
    ids = {row["Employee id"] for row in read(path, "People 2025")}
    assert set(map(clean, HOSTILE)) <= ids
    assert "nul\ufffdhere" in ids
    everything = parts(path)
    formulas = [found for text in everything.values() for found in re.findall("<f>(.*?)</f>", text)]
    assert formulas and all(re.fullmatch(r"SUM\(\w+\)|ROUND\(SUM\(\w+\)/SUM\(\w+\),6\)", one) for one in formulas)
    assert not any("<hyperlink" in text for text in everything.values())
    assert "1899-12-31" in {row["Born"] for row in read(path, "People 2025")}


def test_a_text_longer_than_a_cell_ends_in_an_ellipsis() -> None:
    assert len(clean("x" * 40_000)) == 32_767 and clean("x" * 40_000).endswith("…")


def test_what_fails_midway_leaves_the_last_workbook_and_nothing_else(
    two_years: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.xlsx"
    path.write_bytes(b"the last one")

    def fail(*arguments: object) -> None:
        raise PlanAlignError("the disk is full")

    monkeypatch.setattr(workbook, "_person_sheets", fail)
    with open_results(two_years.root) as results, pytest.raises(PlanAlignError):
        write_workbook(results, path, people=True)
    assert [found.name for found in tmp_path.iterdir()] == ["results.xlsx"]
    assert path.read_bytes() == b"the last one"


def test_a_full_disk_is_told_with_the_name_of_the_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("xlsxwriter.Workbook._store_workbook", full)
    page = Page(title="A page", facts=[], headlines={}, warnings=[], sections=[])
    with pytest.raises(OutOfResourcesError, match=re.escape(str(tmp_path / "page.xlsx"))):
        write_page_files(page, tmp_path, "page")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_reads_the_same_people(hostile: RunFolder, tmp_path: Path) -> None:
    with open_results(hostile.root) as results:
        path = write_workbook(results, tmp_path / "results.xlsx", people=True)
    number = len(SHEETS) + 1
    everything_as_text = f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,{number}"
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]
    done = subprocess.run(
        [*command, everything_as_text, "--outdir", str(tmp_path / "csv"), str(path)],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    assert "rror" not in done.stderr
    (file,) = (tmp_path / "csv").glob("*.csv")
    there = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    ours = read(path, "People 2025")
    assert [row["Employee id"] for row in there] == [row["Employee id"] for row in ours]
    assert total(there, "Match") == total(ours, "Match") > 0
