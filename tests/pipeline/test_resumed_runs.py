"""Whole runs that are interrupted, resumed and rewound: what stands in ``run.json``, the summary and the folder."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.cli import main
from planalign_orchestrator.errors import CheckpointError, RunLockedError
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.pipeline import SimulationResult, StageContext
from planalign_orchestrator.run.stages import FOUNDATION, STAGES
from planalign_orchestrator.storage.recovery import plan_resume
from planalign_orchestrator.storage.year_copy import list_copies
from tests.operations import Observer, observing
from tests.pipeline.recorded_addresses import ADDRESSES, files_with_secrets
from tests.pipeline.runs import orchestrator_for

FLAGS: dict[str, object] = {
    **ADDRESSES,
    "simulation.end_year": 2026,
    "multi_year.performance.cache_workforce_snapshots": True,
}
OTHER: dict[str, object] = {**FLAGS, "workforce.target_growth_rate": 0.1}


def run(folder: Path, census: Path, flags: dict[str, object], **how: Any) -> SimulationResult:
    result = orchestrator_for(folder, census, flags=flags).execute_multi_year_simulation(2025, 2026, **how)
    report_run(result.folder, ["csv"], "test", result.folder.reports)
    return result


def exit_code(arguments: list[str]) -> Any:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def record_of(run: RunFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.run_record.read_text(encoding="utf-8"))
    return found


def summary_of(run: RunFolder) -> dict[str, str]:
    """The closing headcount by year, as the summary for people has it."""
    (path,) = run.reports.glob("multi_year_summary_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["simulation_year"]: row["closing_headcount"] for row in csv.DictReader(file)}


def stop_at(point: str) -> Observer:
    def stop(operation: str, name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    return stop


@pytest.fixture(scope="module")
def _resumed(small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resumed")
    with pytest.raises(KeyboardInterrupt), observing(stop_at("checkpoint.before_copy")):
        run(folder, small_census, FLAGS)
    run(folder, small_census, FLAGS, resume=True)
    return folder


@pytest.fixture
def resumed(_resumed: Path, tmp_path: Path) -> Path:
    """A finished run that had been stopped when the checkpoint of its first year was to be made."""
    return Path(shutil.copytree(_resumed, tmp_path / "resumed"))


def baseline(folder: Path) -> RunFolder:
    return RunFolder(folder / "runs" / "baseline")


def test_no_file_of_a_run_holds_a_password_or_token_of_an_address(resumed: Path) -> None:
    assert baseline(resumed).run_record.exists()
    assert files_with_secrets(resumed) == []


def test_a_resumed_run_has_what_an_undisturbed_one_has(resumed: Path) -> None:
    left, record = baseline(resumed), record_of(baseline(resumed))
    assert [copy.year for copy in list_copies(left)] == [2026, 2025]
    assert sorted(path.name for path in left.snapshots.iterdir()) == [
        "workforce_2025.parquet",
        "workforce_2026.parquet",
    ]
    assert [entry["stage"] for entry in record["stages"]] == [stage.name for stage in STAGES] * 2
    assert record["outcome"] == "done" and record["changes_by_year"] == {}
    assert list(summary_of(left)) == ["2025", "2026"]
    assert not left.partial_record.exists()


def test_a_finished_run_keeps_its_record_when_nothing_is_left_to_do(resumed: Path, small_census: Path) -> None:
    before = baseline(resumed).run_record.read_bytes()
    result = run(resumed, small_census, FLAGS, resume=True)
    assert result.years == [2025, 2026]
    assert baseline(resumed).run_record.read_bytes() == before


def test_a_lost_record_is_made_again_from_the_result(resumed: Path, small_census: Path) -> None:
    before = record_of(baseline(resumed))
    damaged = json.dumps(before).replace('"stage": "FOUNDATION"', '"stage": "FOUNDATIOM"')
    baseline(resumed).run_record.write_text(damaged, encoding="utf-8")
    result = run(resumed, small_census, FLAGS, resume=True)
    after = record_of(baseline(resumed))
    for name in ("output", "rejects"):  # paths
        after["census"][name] = before["census"][name]
    for key in ("digests", "summary", "census", "settings_by_year", "outcome"):
        assert after[key] == before[key], key
    assert any("run.json was changed after the run had written it" in note for note in result.record.notes)


def test_a_rewind_with_other_settings_says_which_years_were_made_with_which(resumed: Path, small_census: Path) -> None:
    before = summary_of(baseline(resumed))
    run(resumed, small_census, OTHER, from_year=2026)
    after, record = summary_of(baseline(resumed)), record_of(baseline(resumed))
    assert list(after) == ["2025", "2026"]
    assert after["2025"] == before["2025"] and after["2026"] != before["2026"]
    assert record["changes_by_year"] == {"2026": ["setting workforce.target_growth_rate: was 0.03, is 0.1"]}
    growth = {year: made["workforce.target_growth_rate"] for year, made in record["settings_by_year"].items()}
    assert growth == {"2025": 0.03, "2026": 0.1}
    assert [entry["year"] for entry in record["stages"]] == [2025] * 7 + [2026] * 7
    with pytest.raises(CheckpointError, match=r"target_growth_rate: was 0\.1, is 0\.03") as caught:
        run(resumed, small_census, FLAGS, resume=True)
    assert caught.value.remedy and "--from-year" in caught.value.remedy
    assert record_of(baseline(resumed)) == record and not baseline(resumed).partial_record.exists()


def test_the_result_before_can_be_read_and_reported_while_a_run_works(resumed: Path, small_census: Path) -> None:
    run_folder, before = baseline(resumed), record_of(baseline(resumed))
    working = orchestrator_for(resumed, small_census, flags=OTHER)
    seen: list[str] = []

    def look(context: StageContext) -> None:
        if (context.year, context.stage) == (2026, FOUNDATION.name):
            assert exit_code(["report", str(run_folder.root), "--format", "csv"]) == 0
            with open_results(run_folder.root) as results:
                seen.append(results.record["run_id"])

    working.add_stage_hook("pre_stage", look)
    working.execute_multi_year_simulation(2025, 2026)
    assert seen == [before["run_id"]]


def test_a_run_goes_on_when_its_census_is_gone(small_census: Path, tmp_path: Path) -> None:
    census = Path(shutil.copy(small_census, tmp_path / "people.csv"))
    arguments = ["run", "--quiet", "--census", str(census), "--years", "2025", "--output", str(tmp_path / "runs")]
    with observing(stop_at("finish.before_rename")):
        assert exit_code(arguments) == 130
    census.unlink()
    assert exit_code(arguments) == 3
    assert exit_code([*arguments, "--resume-from-checkpoint"]) == 0
    record = record_of(baseline(tmp_path))
    assert record["outcome"] == "done" and record["census"]["rows_kept"] > 0
    assert any("people.csv is not there" in note for note in record["notes"])


def test_a_changed_assumption_in_the_result_is_found(resumed: Path, small_census: Path) -> None:
    run_folder = baseline(resumed)
    with duckdb.connect(str(run_folder.database)) as connection:
        connection.execute("update levels set merit_rate = merit_rate + 0.01 where level_id = 1")
    now = orchestrator_for(resumed, small_census, flags=FLAGS).inputs.fingerprints
    plan = plan_resume(run_folder, now, 2026)
    assert plan.source == "year copy"
    assert any("table levels: the content has changed" in note for note in plan.notes)


def test_a_result_that_another_program_has_open_is_not_taken_for_damaged(resumed: Path, small_census: Path) -> None:
    database = baseline(resumed).database
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(RunLockedError, match=r"simulation\.duckdb is open in") as caught:
            run(resumed, small_census, FLAGS, resume=True)
        assert sys.platform == "win32" or str(other.pid) in caught.value.message
    finally:
        other.communicate()


def test_a_run_that_stops_early_in_a_year_leaves_the_copy_of_the_year_before(
    small_census: Path, tmp_path: Path
) -> None:
    stopped = orchestrator_for(tmp_path, small_census, flags=FLAGS)

    def stop(context: StageContext) -> None:
        if (context.year, context.stage) == (2026, FOUNDATION.name):
            raise KeyboardInterrupt

    stopped.add_stage_hook("pre_stage", stop)
    with pytest.raises(KeyboardInterrupt):
        stopped.execute_multi_year_simulation(2025, 2026)
    (copy,) = list_copies(stopped.folder)
    assert (copy.year, copy.checked().fault) == (2025, None)


AMENDED: dict[str, object] = {
    **FLAGS,
    "amendments": [
        {
            "from": 2026,
            "workforce": {"target_growth_rate": 0},
            "assumptions": {"overrides": {"levels": [{"level_id": 1, "merit_rate": 0.2}]}},
        }
    ],
}


@pytest.mark.slow
def test_a_run_goes_on_with_the_tables_of_its_year(small_census: Path, tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", small_census, AMENDED)
    folder = tmp_path / "stopped"
    stopped = orchestrator_for(folder, small_census, flags=AMENDED)

    def stop(context: StageContext) -> None:
        if (context.year, context.stage) == (2026, FOUNDATION.name):
            raise KeyboardInterrupt

    stopped.add_stage_hook("post_stage", stop)
    with pytest.raises(KeyboardInterrupt):
        stopped.execute_multi_year_simulation(2025, 2026)
    resumed = run(folder, small_census, AMENDED, resume=True)
    first, second = record_of(whole.folder), record_of(resumed.folder)
    assert first["digests"] == second["digests"]
    assert [stage["stage"] for stage in second["stages"]].count(FOUNDATION.name) == 2
    growth = {year: made["workforce.target_growth_rate"] for year, made in second["settings_by_year"].items()}
    assert growth == {"2025": 0.03, "2026": 0}
    assert second["changes_by_year"] == {}
