"""Ids, titles, column names, scenarios and file names that mean harm: each is data in SQL, pages and terminals."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.cli import show_error
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.visible import visible
from tests.engine import rows_of
from tests.reports.shown import Page
from tests.security.conftest import HostileRun, Said
from tests.security.people import HOSTILE_IDS, HOSTILE_NAMES, REFUSED_IDS, hostile_rows, write_rows

AS_OF = dt.date(2024, 12, 31)
Command = Callable[..., Said]
STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
"""What no terminal may get from data. No command of these tests writes colours, as its output is no terminal."""


def test_every_id_goes_through_the_model_as_it_is(hostile_run: HostileRun) -> None:
    found = {row["employee_id"] for row in rows_of(hostile_run.folder.database, "from fct_workforce_snapshot")}
    assert found >= set(HOSTILE_IDS)


@pytest.mark.parametrize("employee_id", HOSTILE_IDS)
def test_explain_takes_an_id_as_data(hostile_run: HostileRun, command: Command, employee_id: str) -> None:
    said = command("explain", "--run", hostile_run.folder.root, "--", employee_id)
    assert said.code == 0, said.err
    assert said.out.splitlines()[0] == employee_id


def test_explain_of_nobody_shows_the_id_without_running_it(hostile_run: HostileRun, command: Command) -> None:
    said = command("explain", "--run", hostile_run.folder.root, "--", "' or 1=1 --\x1b[2J\u202e")
    assert said.code == 2
    assert not STEERS.search(said.everything)


def test_nothing_is_written_outside_the_run(hostile_run: HostileRun) -> None:
    root = hostile_run.census.parent
    assert sorted(path.name for path in root.iterdir()) == sorted([hostile_run.census.name, "runs"])
    names = {path.name for path in (root / "runs").rglob("*")}
    assert not [name for name in names if "outside" in name or "script" in name]


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.events: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events += [name for name, _ in attrs if name.startswith("on")]


def test_the_page_runs_nothing_of_the_data(hostile_run: HostileRun) -> None:
    text = (hostile_run.folder.reports / "report.html").read_text(encoding="utf-8")
    assert not Page(text).tags & {"script", "img", "iframe", "object", "b"}
    assert _Page(text).events == []
    assert "&lt;b&gt;x" in text  # the census is named in the page, as text
    assert not STEERS.search(text)


def test_a_workbook_holds_text_and_no_formula(hostile_run: HostileRun) -> None:
    for name in ("results.xlsx", "results_with_people.xlsx"):
        with zipfile.ZipFile(hostile_run.folder.reports / name) as book:
            sheets = [part for part in book.namelist() if part.startswith("xl/worksheets/sheet")]
            assert not [part for part in sheets if re.search(rb"<f[ >]", book.read(part))]
            assert not [part for part in book.namelist() if "externalLink" in part or "vba" in part.lower()]
    people = CalamineWorkbook.from_path(hostile_run.folder.reports / "results_with_people.xlsx")
    cells = {cell for name in people.sheet_names for row in people.get_sheet_by_name(name).to_python() for cell in row}
    assert cells >= set(HOSTILE_IDS)


def test_an_export_holds_every_id_as_it_is(hostile_run: HostileRun) -> None:
    path = hostile_run.folder.reports / "tables" / "fct_workforce_snapshot.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert {row["employee_id"] for row in csv.DictReader(file)} >= set(HOSTILE_IDS)


def test_no_command_steers_the_terminal(hostile_run: HostileRun, command: Command, tmp_path: Path) -> None:
    root = hostile_run.folder.root
    said = [
        hostile_run.said,
        command("status", root.parent),
        command("compare", root, shutil.copytree(root, tmp_path / "other")),
        command("census", "validate", hostile_run.census, "--rejects", tmp_path / "rejects.csv"),
        command("census", "describe", hostile_run.census, "--rejects", tmp_path / "rejects.csv"),
        command("report", root, "--output", tmp_path),
    ]
    assert [one.code for one in said] == [0] * len(said)
    assert not [found for one in said if (found := STEERS.search(one.everything))]
    assert all(visible(name) in said[3].out for name in HOSTILE_NAMES)


@pytest.mark.parametrize("kind", REFUSED_IDS)
def test_an_id_that_nobody_can_see_is_refused_with_its_row(tmp_path: Path, kind: str) -> None:
    path = write_rows(tmp_path / "people.csv", hostile_rows(("sound", REFUSED_IDS[kind])))
    with pytest.raises(CensusRefusedError) as caught:
        read_census(path, as_of=AS_OF, output=tmp_path / "census.parquet")
    assert "row 3, column employee_id" in caught.value.message
    assert not STEERS.search(caught.value.message.replace("\n", ""))
    assert len(caught.value.message) < 2000


def test_a_megabyte_in_a_cell_that_nobody_knows_is_passed_over(tmp_path: Path) -> None:
    rows = hostile_rows(("one", "two"))
    rows[0]["Job Title"] = "x" * 1_000_000
    intake = read_census(write_rows(tmp_path / "people.csv", rows), as_of=AS_OF, output=tmp_path / "census.parquet")
    assert intake.rows_kept == 2
    assert intake.output.stat().st_size < 10_000


def test_a_megabyte_as_the_name_of_a_column_is_told_in_short(tmp_path: Path) -> None:
    rows = [{**row, "n" * 1_000_000: "1"} for row in hostile_rows(("one", "two"))]
    intake = read_census(write_rows(tmp_path / "people.csv", rows), as_of=AS_OF, output=tmp_path / "census.parquet")
    assert sum(map(len, intake.notes)) < 2000


def test_rejects_hold_no_formula(tmp_path: Path) -> None:
    rows = hostile_rows(("one", "two"))
    rows[0]["hire_date"] = '=HYPERLINK("https://example.org")'
    with pytest.raises(CensusRefusedError):
        read_census(write_rows(tmp_path / "people.csv", rows), as_of=AS_OF, output=tmp_path / "census.parquet")
    with (tmp_path / "census_rejects.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["value"].startswith("'=HYPERLINK")


@pytest.mark.parametrize("key", ["scenario_id", "plan_design_id"])
@pytest.mark.parametrize(
    "name",
    ["../up", "a/b", "a\\b", "C:", "con", "a'; drop table x; --", "<b>", "=1+1", "a b", "", ".", "..", "a\0b",
     "\x1b[31m", "x" * 65, "{{ 1 }}", "-rf"],
)  # fmt: skip
def test_a_name_that_is_no_safe_folder_is_refused(key: str, name: str) -> None:
    with pytest.raises(ValueError, match=key):
        Settings.model_validate({"simulation": {key: name}})


def test_an_error_shows_what_it_quotes_without_obeying_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(ConfigurationError("a\x1b[2Jb\u202ec\nsecond [red]line[/]", remedy="d\x07e"))
    assert capsys.readouterr().err == "error: a\\x1b[2Jb\\u202ec\nsecond [red]line[/]\nd\\x07e\n"
