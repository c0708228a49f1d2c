"""Runs side by side: who gains, what else differs, and what the reader is warned of."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import defaultdict
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from planalign_orchestrator.cli import app
from planalign_orchestrator.cli.compare_display import _totals, show_comparison
from planalign_orchestrator.errors import ConfigurationError, ResultsError
from planalign_orchestrator.reports.comparison import GROUP_TYPES, Comparison, compare_runs
from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.reports.spreadsheet import write_page_files
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.record import sealed
from tests.engine import Engine, rows_of, settings_with
from tests.model.people import census_of
from tests.reports.run_folders import run_folder

SAFE_HARBOR = {
    "plan__match__formula": "safe_harbor_basic",
    "plan__match__max_match_percentage": 0.04,
    "plan__match__eligibility__require_employment_on_last_day": False,
    "plan__vesting__match_schedule": "immediate",
}


def simulated(engine: Engine, census: Path, root: Path, **changes: Any) -> Path:
    """A finished run of 2025 and 2026 whose record has the fingerprints that a comparison reads."""
    settings = settings_with(simulation__end_year=2026, simulation__scenario_id=root.name, **changes)
    folder = run_folder(engine, settings, census, root)
    change_record(folder, fingerprints=asdict(RunInputs(settings, census).fingerprints))
    return root


def change_record(folder: RunFolder, **changes: Any) -> None:
    record = json.loads(folder.run_record.read_text(encoding="utf-8"))
    folder.run_record.write_text(json.dumps(sealed({**record, **changes})), encoding="utf-8")


@pytest.fixture(scope="module")
def runs(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: today, safe_harbor (another plan only), growing (another workforce and seed)."""
    folder = tmp_path_factory.mktemp("comparison") / "runs"
    simulated(engine, small_census, folder / "today")
    simulated(engine, small_census, folder / "safe_harbor", **SAFE_HARBOR)
    simulated(engine, small_census, folder / "growing", workforce__target_growth_rate=0.2, simulation__random_seed=7)
    return folder


@pytest.fixture(scope="module")
def plan_only(runs: Path) -> Comparison:
    return compare_runs([runs / "today", runs / "safe_harbor"])


def money_by_person(run: Path) -> dict[str, Decimal]:
    money: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(
        run / "simulation.duckdb",
        "select employee_id, total_employer_contributions, forfeiture_amount from fct_workforce_snapshot",
    ):
        money[row["employee_id"]] += row["total_employer_contributions"] - row["forfeiture_amount"]
    return money


def test_winners_and_losers_are_those_of_a_count_by_hand(runs: Path, plan_only: Comparison) -> None:
    before, after = money_by_person(runs / "today"), money_by_person(runs / "safe_harbor")
    assert before.keys() == after.keys()
    everybody = plan_only.others[0].groups[0]
    assert everybody.group_type == "everybody"
    assert everybody.people == len(before)
    assert everybody.winners == sum(after[person] > before[person] for person in before) > 0
    assert everybody.losers == sum(after[person] < before[person] for person in before)
    assert everybody.unchanged == sum(after[person] == before[person] for person in before) > 0
    assert everybody.in_one_run == 0


def test_the_changes_of_the_groups_add_up_to_the_change_of_employer_money(plan_only: Comparison, runs: Path) -> None:
    both = (plan_only, compare_runs([runs / "today", runs / "growing"]))
    for comparison in both:
        base, other = (
            comparison.total(side, "total_employer_contributions") - comparison.total(side, "forfeitures")
            for side in comparison.sides[:2]
        )
        for kind in GROUP_TYPES:
            groups = [group for group in comparison.others[0].groups if group.group_type == kind]
            assert sum(group.change for group in groups) == other - base != 0
            assert sum(group.people for group in groups) == comparison.others[0].groups[0].people


def test_groups_stand_in_the_order_of_their_bands(plan_only: Comparison) -> None:
    ages = [group.group_name for group in plan_only.others[0].groups if group.group_type == "age"]
    assert ages == ["<25", "25-34", "35-44", "45-54", "55-64", "65+"]
    pay = [group.group_name for group in plan_only.others[0].groups if group.group_type == "pay"]
    assert pay == ["low", "moderate", "high", "executive"]


def test_runs_that_differ_in_the_plan_alone_carry_no_warning(plan_only: Comparison) -> None:
    assert plan_only.warnings == ()
    assert plan_only.others[0].groups[0].other_workforce == 0
    assert {*plan_only.settings} == {name.replace("__", ".") for name in SAFE_HARBOR}


def test_another_workforce_and_seed_are_told(runs: Path) -> None:
    comparison = compare_runs([runs / "today", runs / "growing"])
    told = "\n".join(comparison.warnings)
    assert "different seeds (7 and 42)" in told
    assert "different workforces" in told and "not the plan's alone" in told
    everybody = comparison.others[0].groups[0]
    assert everybody.in_one_run > 0
    assert everybody.winners + everybody.losers + everybody.unchanged + everybody.in_one_run == everybody.people
    assert comparison.others[0].groups[0].other_workforce >= everybody.in_one_run


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("census", "0" * 64, "different censuses"),
        ("models", {"models/x.sql": "1"}, "different versions of the model"),
        ("assumptions", {}, "different assumption tables (age_bands, "),
    ],
)
def test_other_inputs_are_told(runs: Path, tmp_path: Path, part: str, value: object, told: str) -> None:
    shutil.copytree(runs / "safe_harbor", tmp_path / "other")
    other = RunFolder(tmp_path / "other")
    fingerprints = json.loads(other.run_record.read_text(encoding="utf-8"))["fingerprints"]
    change_record(other, fingerprints={**fingerprints, part: value})
    assert told in "\n".join(compare_runs([runs / "today", other.root]).warnings)


def test_only_common_years_are_compared(engine: Engine, small_census: Path, runs: Path, tmp_path: Path) -> None:
    settings = settings_with(simulation__end_year=2025, simulation__scenario_id="short")
    folder = run_folder(engine, settings, small_census, tmp_path / "short")
    change_record(folder, fingerprints=asdict(RunInputs(settings, small_census).fingerprints))
    comparison = compare_runs([runs / "today", folder.root])
    assert comparison.years == (2025,)
    assert any("Today has years that not all runs have; only 2025 is compared" in told for told in comparison.warnings)
    assert comparison.cost_change(comparison.sides[1]) == 0
    assert comparison.others[0].groups[0].unchanged == comparison.others[0].groups[0].people


def test_runs_without_a_common_year_are_refused(engine: Engine, runs: Path, tmp_path: Path) -> None:
    census = census_of(tmp_path, 5, 2030)
    settings = settings_with(simulation__start_year=2030, simulation__end_year=2030, simulation__scenario_id="later")
    folder = run_folder(engine, settings, census, tmp_path / "later")
    change_record(folder, fingerprints=asdict(RunInputs(settings, census).fingerprints))
    with pytest.raises(ResultsError, match="no year in common"):
        compare_runs([runs / "today", folder.root])


def test_one_run_or_the_same_twice_is_refused(runs: Path) -> None:
    with pytest.raises(ResultsError, match="two runs or more"):
        compare_runs([runs / "today"])
    with pytest.raises(ResultsError, match="given 2 times"):
        compare_runs([runs / "today", runs / "safe_harbor" / ".." / "today"])


def test_runs_of_the_same_name_are_told_apart_by_their_folders(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "today", tmp_path / "again")
    names = [side.name for side in compare_runs([runs / "today", tmp_path / "again"]).sides]
    assert names == [f"today ({runs / 'today'})", f"today ({tmp_path / 'again'})"]


def test_the_command_prints_what_the_comparison_holds(
    runs: Path, plan_only: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs.parent)
    shown = CliRunner().invoke(app, ["compare", "today", "safe_harbor", "--detail"])
    data = json.loads(CliRunner().invoke(app, ["compare", "today", "safe_harbor", "--json"]).stdout)
    assert shown.exit_code == 0
    everybody = plan_only.others[0].groups[0]
    assert "Safe harbor costs" in shown.stdout and f"{everybody.change:+,.0f}" in shown.stdout
    assert data["base"] == "today" and data["years"] == [2025, 2026] and data["warnings"] == []
    assert data["changes"][0]["net_employer_cost"] == str(plan_only.cost_change(plan_only.sides[1]))
    assert data["changes"][0]["groups"][0]["winners"] == everybody.winners
    assert data["runs"][1]["years"]["2026"]["closing_headcount"] == plan_only.last(
        plan_only.sides[1], "closing_headcount"
    )


def test_the_workbook_holds_what_the_comparison_holds(plan_only: Comparison, tmp_path: Path) -> None:
    page = comparison_page(plan_only)
    _, path = write_page_files(page, tmp_path, "comparison")
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == [*(section.heading for section in page.sections), "Charts"]
    rows = {row[0]: row[1:] for row in book.get_sheet_by_name("Employer cost").to_python()}
    assert rows["Net employer cost"][:2] == [float(plan_only.total(s, "net_employer_cost")) for s in plan_only.sides]
    assert rows["Closing headcount"][:2] == [plan_only.last(s, "closing_headcount") for s in plan_only.sides]
    gains = book.get_sheet_by_name("Who gains and who loses").to_python()
    everybody = next(row for row in gains if row[0] == "Everybody")
    assert everybody[1:4] == [
        plan_only.others[0].groups[0].people,
        plan_only.others[0].groups[0].winners,
        plan_only.others[0].groups[0].losers,
    ]
    with zipfile.ZipFile(path) as parts:
        drawn = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    by_year = ("cost-by-year", "cost-share-of-payroll", "participation-rate", "mean-deferral-rate")
    assert len(drawn) == len(by_year) and all("<c:lineChart>" in chart for chart in drawn)
    (again,) = write_page_files(page, tmp_path, "again")[1:]
    assert again.read_bytes() == path.read_bytes()


def test_a_file_in_the_place_of_the_folder_is_refused(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    arguments = [
        "compare",
        str(runs / "today"),
        str(runs / "safe_harbor"),
        "--json",
        "--output",
        str(tmp_path / "taken"),
    ]
    refused = CliRunner().invoke(app, arguments)
    assert isinstance(refused.exception, ConfigurationError)
    assert "taken cannot be written" in str(refused.exception)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == ""


def test_runs_that_fail_a_test_that_is_to_pass_are_named(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(runs, tmp_path / "runs")
    for name, years in (("today", (2025, 2026)), ("safe_harbor", (0,)), ("growing", (2026,))):
        with duckdb.connect(str(tmp_path / "runs" / name / "simulation.duckdb")) as connection:
            connection.execute("update fct_ndt_test set result = 'pass'")
            connection.execute(
                f"update fct_ndt_test set result = 'fail' where test = 'adp' and simulation_year in {years}"
            )
    folders = [tmp_path / "runs" / name for name in ("today", "safe_harbor", "growing")]
    comparison = compare_runs(folders, passes=["adp"])
    assert comparison.warnings[:2] == (
        "Today does not pass: ADP (deferrals) fails in 2025 and 2026",
        "Growing does not pass: ADP (deferrals) fails in 2026",
    )
    assert comparison.verdict == "1 of 3 runs passes ADP (deferrals): Safe harbor."
    assert comparison_page(comparison).finding.endswith(comparison.verdict)
    assert _totals(comparison).grid[0][-1] == "ADP (deferrals)"
    assert _totals(replace(comparison, passes=("adp", "acp"))).grid[0][-1] == "ADP (deferrals), ACP (match)"
    show_comparison(comparison, detail=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "fails in 2025 and 2026" in told and comparison.verdict in told
    assert comparison.to_json()["passes"] == {"today": False, "safe_harbor": True, "growing": False}
    assert compare_runs(folders[::2], passes=["adp"]).verdict == "No run passes ADP (deferrals) in every year."
