"""Several scenarios in one go: checked before anything runs, independent of each other, resumable, compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planalign_orchestrator.cli import app
from planalign_orchestrator.cli.batch import BatchScenario, _checked, _in_order
from planalign_orchestrator.config.loading import SCENARIO_FOLDER, load_settings, scenarios
from planalign_orchestrator.errors import ConfigurationError

RICHER = "plan:\n  match:\n    formula: tiered\n"
TODAY = "plan:\n  match:\n    formula: simple\n"


def write_scenarios(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def run_batch(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planalign_orchestrator", "batch", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_base_is_the_scenario_that_changes_the_fewest_settings() -> None:
    chosen = _in_order(_checked(scenarios(), None), None)
    assert chosen[0].name == "todays_match"
    assert [scenario.name for scenario in chosen[1:]] == sorted(set(scenarios()) - {"todays_match"})
    assert chosen[0].changes == 0 < min(scenario.changes for scenario in chosen[1:])


def test_the_bundled_scenarios_differ_as_their_names_say() -> None:
    effective = {
        name: load_settings(config_file=None, scenario_file=file, environ={}, flags={}).settings
        for name, file in scenarios().items()
    }
    plans = {name: settings.plan for name, settings in effective.items()}
    today = plans["todays_match"]
    assert (today.match.formula, today.core.type) == ("simple", "none")
    assert today.enrollment.auto_enrollment.scope == "new_hires_only"
    assert plans["safe_harbor"].match.formula == "safe_harbor_basic"
    assert plans["safe_harbor"].vesting.match_schedule == "immediate"
    assert plans["stretch_match"].match.formula == "stretch"
    automatic = plans["auto_enrollment_6_with_escalation"]
    assert automatic.enrollment.auto_enrollment.scope == "all_eligible_employees" and automatic.escalation.enabled
    assert automatic.enrollment.auto_enrollment.default_deferral_rate == 0.06
    rates = [band.rate for band in plans["service_graded_core"].core.bands]
    assert plans["service_graded_core"].core.type == "graded_by_service" and rates == sorted(set(rates))
    assert plans["hiring_freeze"] == today
    freeze = effective["hiring_freeze"].workforce
    assert freeze.target_growth_rate == -freeze.total_termination_rate
    assert all(plan != today for name, plan in plans.items() if name not in ("todays_match", "hiring_freeze"))


def test_another_base_can_be_chosen_and_a_wrong_one_is_refused() -> None:
    two = [BatchScenario("a", Path("a.yaml"), 0), BatchScenario("b", Path("b.yaml"), 3)]
    assert [scenario.name for scenario in _in_order(two, "b")] == ["b", "a"]
    with pytest.raises(ConfigurationError, match="no scenario 'c'"):
        _in_order(two, "c")


def test_a_test_that_there_is_not_cannot_be_asked_for() -> None:
    result = CliRunner().invoke(app, ["batch", "--passes", "adp", "--passes", "apd"])
    assert "no test 'apd'" in str(result.exception)


def test_all_faults_of_all_scenarios_are_told_before_anything_runs(tmp_path: Path) -> None:
    folder = write_scenarios(
        tmp_path / "mine", wrong="plan:\n  match:\n    formulla: simple\n", worse="workforce: 7\n", fine=TODAY
    )
    result = CliRunner().invoke(app, ["batch", "--scenarios", str(folder), "--output", str(tmp_path / "runs")])
    told = str(result.exception)
    assert "formulla" in told and "wrong.yaml" in told and "worse.yaml" in told and "fine.yaml" not in told
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("content", [None, {}], ids=["not there", "empty"])
def test_a_folder_without_scenarios_is_refused(tmp_path: Path, content: dict[str, str] | None) -> None:
    if content is not None:
        write_scenarios(tmp_path / "mine", **content)
    result = CliRunner().invoke(app, ["batch", "--scenarios", str(tmp_path / "mine")])
    assert isinstance(result.exception, ConfigurationError)


def test_two_files_of_one_scenario_are_refused(tmp_path: Path) -> None:
    same = "simulation:\n  scenario_id: same\n"
    folder = write_scenarios(tmp_path / "mine", one=same, two=same)
    result = CliRunner().invoke(app, ["batch", "--scenarios", str(folder)])
    assert "same: 2 files have this scenario_id" in str(result.exception)


def test_two_files_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_scenarios(tmp_path / SCENARIO_FOLDER, a="", b="")
    (folder / "a.yml").touch()
    monkeypatch.chdir(tmp_path)
    for words in (["batch", "--scenarios", str(folder)], ["batch"], ["run", "--scenario", "a"]):
        result = CliRunner().invoke(app, words)
        assert isinstance(result.exception, ConfigurationError)
        assert "a: 2 files have this name" in str(result.exception) and "a.yml" in str(result.exception)


@pytest.mark.slow
def test_a_scenario_that_fails_leaves_the_others_alone_and_a_repeat_does_only_what_is_left(
    tmp_path: Path, small_census: Path
) -> None:
    census = f"census:\n  path: {small_census.as_posix()}\n"
    folder = write_scenarios(
        tmp_path / "mine", today=TODAY + census, richer=RICHER + "census:\n  path: not_there.csv\n"
    )
    arguments = ["--scenarios", folder, "--years", "2025", "--threads", "1"]
    first = run_batch(tmp_path, *arguments)
    assert first.returncode == 3
    assert "not_there.csv" in first.stderr and "richer (exit code 3)" in first.stderr
    assert "no comparison" in first.stderr

    today = tmp_path / "runs" / "today" / "simulation.duckdb"
    made = today.stat().st_mtime_ns
    write_scenarios(folder, richer=RICHER + census)
    again = run_batch(tmp_path, *arguments, "--resume-from-checkpoint", "--json")
    assert again.returncode == 0, again.stderr
    assert today.stat().st_mtime_ns == made
    comparison = json.loads(again.stdout)
    assert comparison["base"] == "today"
    (warning,) = comparison["warnings"]
    assert warning.startswith("all runs: census: job_level: does not fit the person's pay")
    assert warning.endswith(" (3 rows, such as row 150)")
    assert float(comparison["changes"][0]["net_employer_cost"]) > 0
    page = (tmp_path / "runs" / "comparison" / "comparison.html").read_text(encoding="utf-8")
    assert "<h1>Richer against Today, 2025</h1>" in page
    assert (tmp_path / "runs" / "comparison" / "comparison.xlsx").stat().st_size > 0
