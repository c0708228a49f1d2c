"""``planalign census`` from the outside: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from planalign_orchestrator.census.refusal import CensusRefusedError
from planalign_orchestrator.cli import app
from planalign_orchestrator.errors import CensusError, ConfigurationError

GOOD = "Emp ID,DOB,Hire Date,Salary,Shoe size\nA,1980-05-17,2015-03-02,65000,43\nB,1990-05-17,2020-03-02,75000,42\n"
BAD = GOOD + "C,1990-05-17,2025-03-02,-1,40\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.csv").write_text(BAD, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["census", *arguments])


def test_validate_shows_what_was_understood(folder: Path) -> None:
    result = run("validate", "good.csv", "--year", "2025")
    assert result.exit_code == 0
    lines = [re.split(r" {2,}", line.strip()) for line in result.output.splitlines()]
    assert ["Emp ID", "employee_id"] in lines
    assert ["Shoe size", "(ignored)"] in lines
    assert result.output.splitlines()[-1] == "good.csv: 2 people as of 2024-12-31"
    assert sorted(path.name for path in folder.iterdir()) == ["bad.csv", "good.csv"]


def test_validate_refuses_and_writes_the_rejects(folder: Path) -> None:
    result = run("validate", "bad.csv", "--year", "2025")
    assert isinstance(result.exception, CensusRefusedError)
    assert "row 4, column Hire Date: '2025-03-02'" in result.exception.message
    assert "row 4, column Salary: '-#' is not above 0" in result.exception.message
    assert "Emp ID" in result.output
    assert len((folder / "bad_rejects.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_validate_as_json_in_both_outcomes(folder: Path) -> None:
    good, bad = (
        run("validate", "good.csv", "--json"),
        run("validate", "bad.csv", "--json", "--rejects", "r.csv", "--year", "2025"),
    )
    assert (good.exit_code, bad.exit_code) == (0, 3)
    record = json.loads(good.output)
    assert (record["valid"], record["rows_kept"], record["columns"]["hire_date"]) == (True, 2, "Hire Date")
    record = json.loads(bad.output)
    assert (record["valid"], record["errors"], record["rejects"]) == (False, 2, "r.csv")
    assert [fault["row"] for fault in record["faults"]] == [4, 4]
    assert (folder / "r.csv").exists()


def test_validate_goes_on_without_bad_rows_when_asked(folder: Path) -> None:
    result = run("validate", "bad.csv", "--on-bad-rows", "drop", "--drop-at-most", "1", "--year", "2025")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "bad.csv: 2 people as of 2024-12-31, 1 rows left out"


def test_the_as_of_date_is_a_day_or_the_eve_of_a_year(folder: Path) -> None:
    assert run("validate", "bad.csv", "--as-of", "2025-06-30").output.count("Hire Date") == 1
    assert "as of 2025-12-31" in run("validate", "good.csv", "--year", "2026").output
    found = run("validate", "good.csv").output
    assert "the census describes 2020-12-31 and the first plan year is 2021" in found
    result = run("validate", "good.csv", "--year", "2026", "--as-of", "2025-12-31")
    assert isinstance(result.exception, ConfigurationError)


def test_date_order_and_sheet_reach_the_intake(folder: Path) -> None:
    (folder / "days.csv").write_text(GOOD.replace("2015-03-02", "25/3/2015"), encoding="utf-8")
    assert run("validate", "days.csv").exit_code == 0
    assert isinstance(run("validate", "days.csv", "--date-order", "month_first").exception, CensusRefusedError)
    assert isinstance(run("validate", "good.csv", "--sheet", "x").exception, ConfigurationError)


@pytest.mark.slow
def test_generate_describe_and_validate_go_together(folder: Path) -> None:
    made = run("generate", "made.parquet", "--employees", "300", "--shape", "high_turnover", "--year", "2026")
    assert made.output == "made.parquet: 300 people as of 2025-12-31\n"
    assert "300 people as of 2025-12-31" in run("validate", "made.parquet", "--year", "2026").output
    described = run("describe", "made.parquet", "--year", "2026")
    assert described.exit_code == 0
    assert "employed        300" in described.output
    assert "…" not in described.output
    record = json.loads(run("describe", "made.parquet", "--year", "2026", "--json").output)
    assert (record["employed"], record["as_of"]) == (300, "2025-12-31")


def test_generate_never_replaces_a_file_unasked(folder: Path) -> None:
    before = (folder / "good.csv").read_bytes()
    result = run("generate", "good.csv")
    assert isinstance(result.exception, ConfigurationError) and "--overwrite" in str(result.exception.remedy)
    assert (folder / "good.csv").read_bytes() == before
    assert run("generate", "good.csv", "--overwrite", "--employees", "5").exit_code == 0
    assert len((folder / "good.csv").read_text(encoding="utf-8").splitlines()) == 6


def test_generate_tells_planted_faults(folder: Path) -> None:
    result = run("generate", "made.csv", "--employees", "100", "--faults", "10")
    assert result.output == "made.csv: 100 people as of 2024-12-31, 10 of them with a fault\n"
    assert isinstance(run("validate", "made.csv").exception, CensusRefusedError)


def test_describe_says_who_had_left_and_what_was_left_out(folder: Path) -> None:
    (folder / "left.csv").write_text(
        BAD.replace("Shoe size", "status").replace(",42", ",left").replace(",43", ",active"), encoding="utf-8"
    )
    result = run("describe", "left.csv", "--on-bad-rows", "drop", "--drop-at-most", "1", "--year", "2025")
    assert "employed        1 (1 had left)" in result.output
    assert "rows left out   1; see left_rejects.csv" in result.output


def test_an_address_is_fetched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(url: str, destination: Path, *_: object, **__: object) -> Path:
        asked.append((url, destination.name))
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_text(GOOD, encoding="utf-8")
        return destination

    monkeypatch.setattr("planalign_orchestrator.network.fetch", fetch)
    result = run("validate", "https://example.com/files/our%20people.csv?key=1")
    assert asked == [("https://example.com/files/our%20people.csv?key=1", "our_people.csv")]
    assert result.output.splitlines()[-1] == "our_people.csv: 2 people as of 2020-12-31"


def test_a_missing_file_is_a_census_error(folder: Path) -> None:
    result = run("validate", "gone.csv")
    assert isinstance(result.exception, CensusError) and result.exception.exit_code == 3
