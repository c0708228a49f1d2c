"""No report needs anybody in a group: each group emptied in turn, each measure at zero, runs of one person or none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from planalign_orchestrator.cli import app
from planalign_orchestrator.reports.html_report import html_report
from planalign_orchestrator.reports.page import html_of
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.run.folder import RunFolder
from tests.engine import Engine
from tests.model.people import census_of
from tests.reports.shown import Page
from tests.reports.test_comparison import simulated


@pytest.fixture
def emptied(two_years: RunFolder, tmp_path: Path) -> Iterator[RunResults]:
    """A result whose tables may be changed."""
    shutil.copy(two_years.database, tmp_path / "copy.duckdb")
    with open_results(two_years.root) as results, duckdb.connect(str(tmp_path / "copy.duckdb")) as connection:
        yield RunResults(results.folder, connection, results.record, results.keep)


def after(results: RunResults, change: str) -> str:
    """The page after a change of the tables, which is then undone."""
    connection = results.connection
    connection.execute("begin")
    try:
        connection.execute(change)
        return html_of(html_report(RunResults(results.folder, connection, results.record, results.keep)))
    finally:
        connection.execute("rollback")


def test_every_group_can_be_missing_in_one_year_and_in_all(emptied: RunResults) -> None:
    groups = emptied.query("select distinct group_type, group_name from fct_plan_by_group order by all")
    for group in groups:
        named = f"group_type = '{group['group_type']}' and group_name = '{group['group_name']}'"
        assert after(emptied, f"delete from fct_plan_by_group where {named}")
    for kind in {group["group_type"] for group in groups}:
        assert after(emptied, f"delete from fct_plan_by_group where group_type = '{kind}'")
        assert after(emptied, f"delete from fct_plan_by_group where group_type = '{kind}' and simulation_year = 2025")
        assert after(emptied, f"delete from fct_plan_by_group where group_type = '{kind}' and simulation_year = 2026")


@pytest.mark.parametrize("table", ["fct_yearly_summary", "fct_compensation_growth", "fct_plan_by_group"])
def test_every_measure_can_be_zero_or_absent(emptied: RunResults, table: str) -> None:
    measures = [name for name, kind in emptied.columns(table).items() if kind.startswith(("BIGINT", "DECIMAL", "INT"))]
    for measure in measures:
        if measure not in ("simulation_year", "cell"):
            assert after(emptied, f"update {table} set {measure} = 0")
    for share in ("participation_rate", "mean_deferral_rate", "growth_same_people", "growth_payroll"):
        if share in measures:
            assert after(emptied, f"update {table} set {share} = null")
    counted = ", ".join(f"{name} = 0" for name in measures if name not in ("simulation_year", "cell"))
    assert after(emptied, f"update {table} set {counted}")


def test_a_new_reason_to_leave_and_a_new_way_to_enroll_show_up(emptied: RunResults) -> None:
    for kind, name in (("termination_reason", "voluntary"), ("enrollment_source", "auto")):
        named = f"group_type = '{kind}' and group_name = '{name}'"
        page = after(emptied, f"update fct_plan_by_group set group_name = 'made_redundant' where {named}")
        assert ">Made redundant</th>" in page


NOTHING = {"workforce__target_growth_rate": 0, "workforce__total_termination_rate": 0}


@pytest.mark.parametrize("people", [1, 4])
def test_runs_in_which_nothing_happens_have_all_their_reports_alone_and_compared(
    engine: Engine, tmp_path: Path, people: int
) -> None:
    one = simulated(engine, census_of(tmp_path, people, 2025), tmp_path / "one", **NOTHING)
    runs = [one, shutil.copytree(one, tmp_path / "other")]
    _, files = report_run(RunFolder(runs[0]), ["csv", "html", "xlsx"], "test")
    assert [path.suffix for path in files] == [".csv", ".html", ".xlsx"]
    assert "Nobody leaves" in Page(files[1].read_text(encoding="utf-8")).titles
    compared = CliRunner().invoke(app, ["compare", *map(str, runs), "--output", str(tmp_path / "compared")])
    assert compared.exit_code == 0, compared.output
    assert {path.name for path in (tmp_path / "compared").iterdir()} == {"comparison.html", "comparison.xlsx"}
