"""`planalign report` and the exports: files rebuilt from a run folder alone, equal to the database."""

from __future__ import annotations

import csv
import json
import shutil
import stat
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from planalign_orchestrator.cli import app
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.warehouse import PUBLIC_TABLES


@pytest.fixture
def copied(two_years: RunFolder, tmp_path: Path) -> RunFolder:
    shutil.copytree(two_years.root, tmp_path / "runs" / "baseline")
    return RunFolder(tmp_path / "runs" / "baseline")


def planalign(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_everything_is_rebuilt_and_names_the_years_of_the_database(copied: RunFolder) -> None:
    copied.reports.mkdir(exist_ok=True)
    stale = copied.reports / "multi_year_summary_2025_2031.csv"
    stale.write_text("of an earlier run", encoding="utf-8")
    done = planalign("report", copied.root)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("baseline: 2025-2026\n")
    names = {path.name for path in copied.reports.iterdir()}
    assert {"multi_year_summary_2025_2026.csv", "report.html", "results.xlsx"} <= names
    assert not stale.exists() and not any(name.endswith(".tmp") for name in names)
    assert "results_with_people.xlsx" not in names


def test_the_only_run_nearby_is_found(copied: RunFolder) -> None:
    done = planalign("report", copied.root.parents[1], "--format", "csv", "--json")
    assert json.loads(done.output) == {
        "years": [2025, 2026],
        "files": [str(copied.reports / "multi_year_summary_2025_2026.csv")],
    }


def test_several_runs_are_listed_instead_of_guessed(copied: RunFolder) -> None:
    shutil.copytree(copied.root, copied.root.with_name("other"))
    done = planalign("report", copied.root.parent)
    assert isinstance(done.exception, ResultsError)
    assert "holds 2 runs" in done.exception.message and "other" in str(done.exception.remedy)


def test_people_and_exports_go_where_they_are_asked_to(copied: RunFolder, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    before = sorted(path.name for path in copied.root.rglob("*"))
    done = planalign(
        "report", copied.root, "--format", "xlsx", "--people", "--export", "csv", "--export", "parquet",
        "--output", target,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {path.name for path in target.iterdir()} == {"results.xlsx", "results_with_people.xlsx", "tables"}
    assert {path.name for path in (target / "tables").iterdir()} == {
        f"{table}.{form}" for table in PUBLIC_TABLES for form in ("csv", "parquet")
    }
    assert sorted(path.name for path in copied.root.rglob("*")) == before


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_exports_hold_every_row_and_value(two_years: RunFolder, tmp_path: Path, form: str) -> None:
    _, files = report_run(two_years, [f"{form} tables"], "test", tmp_path)
    assert [path.name for path in files] == [f"{table}.{form}" for table in PUBLIC_TABLES]
    with duckdb.connect(str(two_years.database), read_only=True) as connection:
        for path in files:
            table = path.stem
            types = dict(
                connection.execute(f"select column_name, column_type from (describe {table})").fetchall() or []
            )
            source = f"read_csv('{path}', types = {types})" if form == "csv" else f"'{path}'"
            for left, right in ((source, table), (table, source)):
                (odd,) = connection.execute(f"select count(*) from (from {left} except all from {right})").fetchall()
                assert odd == (0,), (table, left)


def test_exports_are_in_a_fixed_order(two_years: RunFolder, tmp_path: Path) -> None:
    files = {path.stem: path for path in report_run(two_years, ["csv tables"], "test", tmp_path)[1]}
    with files["fct_yearly_events"].open(encoding="utf-8", newline="") as file:
        keys = [
            (int(row["simulation_year"]), row["employee_id"], int(row["event_sequence"]))
            for row in csv.DictReader(file)
        ]
    assert keys == sorted(keys)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_what_holds_pay_is_for_its_owner_only(two_years: RunFolder, tmp_path: Path) -> None:
    target = tmp_path / "new"
    assert planalign("report", two_years.root, "--people", "--export", "csv", "--output", target).exit_code == 0
    files = [path for path in target.rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_last_result_is_reported_while_a_simulation_runs(copied: RunFolder) -> None:
    with copied.lock("planalign run"):
        assert planalign("report", copied.root, "--format", "csv").exit_code == 0
