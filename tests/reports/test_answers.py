"""A difference in cost is split into what the match itself changes and how people answer it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.cli import app
from planalign_orchestrator.reports.comparison import compare_runs
from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.reports.page import html_of
from planalign_orchestrator.reports.spreadsheet import write_page_files
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import sealed
from tests.engine import rows_of
from tests.pipeline.runs import orchestrator_for

STRETCHED = {
    "plan.match.formula": "stretch",
    "plan.behavior.known_plan.match_ceiling": 0.06,
    "plan.behavior.known_plan.match_rate": 0.5,
    "assumptions.overrides": {
        "match_response": [
            {"parameter": "follow_up", "income_segment": name, "value": 1} for name in ("low", "moderate", "high")
        ]
    },
}
RUNS = {"today": {}, "stretched": STRETCHED, "silent": {**STRETCHED, "plan.behavior.responds": False}}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Today's match, half of 6%, and a stretched one, answered and not."""
    folder = tmp_path_factory.mktemp("answers")
    census = folder / "census.csv"
    generate_census(census, employees=60, seed=5, as_of=dt.date(2024, 12, 31))
    for name, changes in RUNS.items():
        flags = {"simulation.scenario_id": name, "assumptions.overrides": STRETCHED["assumptions.overrides"], **changes}
        orchestrator_for(folder, census, flags=flags, name=name).execute_multi_year_simulation(2025, 2025)
    return folder / "runs"


def cost(run: Path) -> Decimal:
    (row,) = rows_of(run / "simulation.duckdb", "select sum(net_employer_cost) as cost from fct_yearly_summary")
    return Decimal(row["cost"])


def test_the_mechanical_part_is_that_of_a_run_without_answers(runs: Path) -> None:
    told: list[str] = []
    comparison = compare_runs([runs / "today", runs / "stretched", runs / "silent"], told.append)
    _, stretched, silent = comparison.sides

    mechanical = comparison.mechanical_change(stretched)
    assert mechanical == cost(runs / "silent") - cost(runs / "today") != 0
    assert comparison.cost_change(stretched) > mechanical, "people who follow the match cost more"
    assert comparison.mechanical_change(silent) == comparison.cost_change(silent)
    assert [side.name for side in comparison.answering] == ["stretched"]
    assert told == ["simulating Stretched once more, without people's answers to its match"]


def test_what_a_comparison_found_is_kept_with_the_result_it_is_of(runs: Path) -> None:
    kept = RunFolder(runs / "stretched").answers
    compare_runs([runs / "today", runs / "stretched"], print)
    assert_split(runs, asked=False, simulated=0)
    text = kept.read_text()
    kept.write_text(text.replace("cost_without", "cost_withou"))  # its seal is broken
    assert "answers.json" in compare_runs([runs / "today", runs / "stretched"], print).sides[1].why_not_split
    kept.unlink()
    assert_split(runs, asked=True, simulated=1)
    assert kept.read_text() == text
    kept.write_text(json.dumps(sealed({**json.loads(text), "run_id": "another"})))
    assert_split(runs, asked=True, simulated=1)


def assert_split(runs: Path, *, asked: bool, simulated: int) -> None:
    """The answers of the stretched match are told apart, with so many simulations."""
    told: list[str] = []
    comparison = compare_runs([runs / "today", runs / "stretched"], told.append if asked else None)
    expected = cost(runs / "silent") - cost(runs / "today")
    assert (comparison.mechanical_change(comparison.sides[1]), len(told)) == (expected, simulated)


def test_page_workbook_terminal_and_json_show_both_parts_and_the_parameters(runs: Path, tmp_path: Path) -> None:
    comparison = compare_runs([runs / "today", runs / "stretched"], print)
    page = html_of(comparison_page(comparison))
    assert "is how people answer" in page and "Engelhardt and Kumar (2007)" in page

    book = CalamineWorkbook.from_path(write_page_files(comparison_page(comparison), tmp_path, "comparison")[1])
    rows = [row[:4] for row in book.get_sheet_by_name("Employer cost").to_python()]
    parts = cost(runs / "silent") - cost(runs / "today"), cost(runs / "stretched") - cost(runs / "silent")
    assert ["Stretched", *map(float, parts), float(sum(parts))] in rows
    assert ["Chance to follow a raised ceiling from the old one", "0.5 to 1"] in [row[:2] for row in rows]

    both = [str(runs / name) for name in ("today", "stretched")]
    shown = CliRunner().invoke(app, ["compare", *both, "--detail"]).stdout
    assert "Mechanical" in shown and "Engelhardt" in shown
    (change,) = json.loads(CliRunner().invoke(app, ["compare", *both, "--json"]).stdout)["changes"]
    assert Decimal(change["mechanical"]) + Decimal(change["behavioral"]) == Decimal(change["net_employer_cost"])
    assert {row["parameter"] for row in change["match_response"]} >= {"follow_up", "join"}
    assert change["not_split_because"] is None


def test_a_difference_that_cannot_be_split_says_why(runs: Path, tmp_path: Path) -> None:
    RunFolder(runs / "stretched").answers.unlink(missing_ok=True)
    unasked = compare_runs([runs / "today", runs / "stretched"])
    assert unasked.answering and unasked.mechanical_change(unasked.sides[1]) is None
    RunFolder(runs / "stretched").census.unlink()
    comparison = compare_runs([runs / "today", runs / "stretched"], print)
    assert comparison.mechanical_change(comparison.sides[1]) is None
    page = html_of(comparison_page(comparison))
    assert "could not be told apart: the run folder has no checked census" in page
    shown = CliRunner().invoke(app, ["compare", str(runs / "today"), str(runs / "stretched")]).stdout
    assert "no checked census" in " ".join(shown.split())
    book = CalamineWorkbook.from_path(write_page_files(comparison_page(comparison), tmp_path, "comparison")[1])
    rows = book.get_sheet_by_name("Employer cost").to_python()
    assert ["Stretched", "–", "–"] in [row[:3] for row in rows]
    assert any("no checked census" in row[0] for row in rows)
