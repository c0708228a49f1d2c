"""Columns that ``census.groups`` names show up wherever people are shown by group, without code for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.reports.explanation import explain
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import open_results
from tests.engine import Engine, settings_with
from tests.model.people import census_of
from tests.reports.run_folders import run_folder


@pytest.mark.slow
def test_departments_show_up_in_every_report(engine: Engine, tmp_path: Path) -> None:
    settings = settings_with(
        simulation__end_year=2026,
        census__groups=["Department"],
        plan__match={"entry": {"excluded_groups": [{"group": "Department", "value": "IT"}]}},
        workforce={"steered_by": "Department", "steered": [{"value": "Sales", "target_growth_rate": -0.1}]},
    )
    folder = run_folder(engine, settings, census_of(tmp_path, 150, 2025, in_departments=True), tmp_path / "run")
    with open_results(folder.root) as results:
        rows = [row for row in results.groups() if row["group_type"] == "department"]
        assert {row["group_name"] for row in rows} == {"Sales", "IT", "Operations", "not given"}
        for summary in results.summary:
            here = [row for row in rows if row["simulation_year"] == summary["simulation_year"]]
            for measure in ("opening_headcount", "closing_headcount", "payroll", "employer_match", "forfeitures"):
                assert sum(row[measure] for row in here) == summary[measure]
        sales = [row["closing_headcount"] for row in rows if row["group_name"] == "Sales"]
        first = next(row["opening_headcount"] for row in rows if row["group_name"] == "Sales")
        assert sales == [int(first * rate + 0.5) for rate in (0.9, 0.81)]
        [out] = results.query(
            "select any_value(employee_id) as who from fct_workforce_snapshot where groups['department'] = 'IT'"
        )
        told = " ".join(line.working for year in explain(results, out["who"]) for line in year.lines)
        assert "match from never (Department IT stays out)" in told
    report_run(folder, ["csv", "html", "xlsx"], "test")
    page = next(folder.reports.glob("*.html")).read_text(encoding="utf-8")
    assert "Operations" in page and "Department" in page
