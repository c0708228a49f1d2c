"""Whole runs through the command line: what they leave, and what they leave alone."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.cli import spread_years
from planalign_orchestrator.cli.streams import text_of
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError, ModelError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.pipeline import PipelineOrchestrator, StageContext
from planalign_orchestrator.run.stages import STAGES, Position, Stage
from planalign_orchestrator.storage.journal import Journal, digest_of, engine_probe
from planalign_orchestrator.storage.recovery import ResumePlan
from planalign_orchestrator.storage.verify import database_faults
from planalign_orchestrator.warehouse import PUBLIC_TABLES, STORED, open_database, relations_of, tables_of
from tests.pipeline.runs import orchestrator_for

CHECKOUT = Path(__file__).parents[2]


def planalign(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planalign_orchestrator", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished(small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a finished run of 2025 and 2026."""
    folder = tmp_path_factory.mktemp("finished")
    done = planalign("run", "--census", small_census, "--years", "2025", "2026", "--threads", "1", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "412" in done.stdout and "results in" in done.stdout
    assert f"read {folder / 'runs' / 'baseline' / 'reports' / 'report.html'}" in done.stdout
    assert "2026 done in" in done.stderr and "\x1b" not in done.stdout + done.stderr and "\r" not in done.stderr
    return folder


def test_a_run_leaves_its_results(finished: Path) -> None:
    run = RunFolder(finished / "runs" / "baseline")
    record = json.loads(run.run_record.read_text(encoding="utf-8"))
    assert record["outcome"] == "done"
    assert [entry["stage"] for entry in record["stages"]] == [stage.name for stage in STAGES] * 2
    assert record["settings"]["simulation.end_year"] == {"value": 2026, "source": "--years"}
    assert record["memory"]["peak_mb"] > 50
    with duckdb.connect(str(run.database), read_only=True) as connection:
        tables = {*relations_of(connection)}
        assert connection.execute("select sum(violations) from fct_law_checks").fetchone() == (0,)
    assert {"fct_workforce_snapshot", "fct_yearly_events", "int_baseline_workforce", "levels"} <= tables
    assert "int_pay_periods" not in tables
    assert not run.partial_database.exists() and not run.partial_census.exists() and not run.partial_record.exists()
    assert set(record["digests"]) == set(STORED)
    assert {*STORED, *PUBLIC_TABLES} <= tables


def test_the_record_has_the_digests_of_the_result(finished: Path) -> None:
    _assert_record_has_the_digests_of_the_result(RunFolder(finished / "runs" / "baseline"))


def _assert_record_has_the_digests_of_the_result(run: RunFolder) -> None:
    record = json.loads(run.run_record.read_text(encoding="utf-8"))
    with duckdb.connect(str(run.database), read_only=True) as connection:
        read = {name: digest_of(connection, name).to_json() for name in STORED}
        assert record["digests"] == read and record["digest_engine"] == engine_probe(connection)


def test_the_summary_names_the_years_of_the_database(finished: Path) -> None:
    (path,) = (finished / "runs" / "baseline" / "reports").glob("multi_year_summary_*.csv")
    assert path.name == "multi_year_summary_2025_2026.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["closing_headcount"] for row in csv.DictReader(file)] == ["412", "424"]


def test_the_log_is_text_for_people_and_json_for_tools(finished: Path) -> None:
    run = RunFolder(finished / "runs" / "baseline")
    run_id = json.loads(run.run_record.read_text(encoding="utf-8"))["run_id"]
    text = (run.logs / "run.log").read_text(encoding="utf-8").splitlines()
    lines = [json.loads(line) for line in (run.logs / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert text and len(text) == len(lines)
    assert all(run_id in line for line in text) and {line["run_id"] for line in lines} == {run_id}
    stages = [line["stage"]["stage"] for line in lines if "stage" in line and line["message"].count(" done in ")]
    assert stages == [stage.name for stage in STAGES] * 2


def test_json_is_one_document_and_nothing_else(finished: Path, small_census: Path, tmp_path: Path) -> None:
    again = planalign(
        "run", "--census", small_census, "--years", "2025-2026", "--json", "--batch-size", "1", folder=tmp_path
    )
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    record = json.loads(again.stdout)
    assert record["outcome"] == "done" and [row["simulation_year"] for row in record["summary"]] == [2025, 2026]
    first = json.loads((finished / "runs" / "baseline" / "run.json").read_text(encoding="utf-8"))
    assert record["digests"] == first["digests"]


def test_a_bad_census_writes_no_result_and_leaves_the_last_one(finished: Path, tmp_path: Path) -> None:
    before = (finished / "runs" / "baseline" / "simulation.duckdb").read_bytes()
    bad = tmp_path / "bad.csv"
    bad.write_text("employee_id,birth_date,hire_date,annual_compensation\nA,1980-01-01,,50000\n", encoding="utf-8")
    refused = planalign("run", "--census", bad, folder=finished)
    assert refused.returncode == 3
    assert "row 2" in refused.stderr and "hire_date" in refused.stderr
    assert (finished / "runs" / "baseline" / "simulation.duckdb").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--years", "20x5"), "'20x5' is not a year"),
        (("--years", "2029-2025"), "ends before it starts"),
        (("--years", "2025", "2027"), "leaves out 2026"),
        (("--scenario", "safe_habor"), "did you mean safe_harbor?"),
        (("--seed", "x"), "--seed"),
        (("--on-bad-rows", "ignore"), "on_bad_rows"),
        (("--census", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_wrong_flags_are_one_message(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = planalign("run", *arguments, folder=tmp_path)
    assert done.returncode in (2, 3)
    assert words in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_years_may_stand_in_a_row() -> None:
    assert spread_years(["run", "--years", "2025", "2026", "--threads", "1"]) == [
        "run", "--years", "2025", "--years", "2026", "--threads", "1",
    ]  # fmt: skip


@pytest.mark.parametrize("way", [["-m", "planalign_orchestrator"], ["planalign_orchestrator"]])
def test_the_document_s_ways_of_starting(way: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *way, "--version"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("planalign ")


def test_the_document_s_script(small_census: Path, tmp_path: Path) -> None:
    script = CHECKOUT / "orchestrator_dbt" / "run_multi_year.py"
    arguments = ["--years", "2025", "--threads", "1", "--optimization", "medium", "--census", str(small_census)]
    reports = tmp_path / "runs" / "baseline" / "reports"
    (reports / "tables").mkdir(parents=True)
    outdated = [reports / "results_with_people.xlsx", reports / "tables" / "fct_yearly_summary.csv"]
    for path in [*outdated, reports / "results of ours.xlsx"]:
        path.write_text("of an earlier run", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (reports / "multi_year_summary_2025_2025.csv").exists() and (reports / "report.html").exists()
    assert not any(path.exists() for path in outdated), "reports of an earlier run pass for those of this one"
    assert (reports.parent / "history" / "1" / "reports" / "results of ours.xlsx").exists()


def test_a_dry_run_shows_the_plan_and_writes_nothing(small_census: Path, tmp_path: Path) -> None:
    done = planalign("run", "--census", small_census, "--dry-run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in (
        "2025-2029",
        "with 2025, from the census",
        "400 people",
        "VALIDATION",
        "fct_workforce_snapshot",
        "nothing was written",
    ):
        assert word in done.stdout
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_says_where_a_rewind_would_go_on(finished: Path, small_census: Path) -> None:
    run = RunFolder(finished / "runs" / "baseline")
    before = sorted(run.root.rglob("*"))
    years = ("--years", "2025", "2026", "--threads", "1")
    done = planalign("run", "--census", small_census, *years, "--from-year", "2026", "--dry-run", folder=finished)
    assert done.returncode == 0, done.stderr
    assert "starts     after 2025 REPORTING, from the finished database" in done.stdout
    assert sorted(run.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ResumePlan(None, "nothing"), "with 2025, from the census"),
        (
            ResumePlan(Position(2025, "FOUNDATION"), "partial database"),
            "after 2025 FOUNDATION, from the partial database",
        ),
        (ResumePlan(Position.end_of(2026), "finished database", finished=True), "nothing is left to do"),
    ],
)
def test_where_a_run_would_start_is_said(plan: ResumePlan, words: str, tmp_path: Path) -> None:
    words_of_a_run = {
        "settings": Settings(),
        "census": "people.csv",
        "folder": RunFolder(tmp_path),
        "stages": {},
        "people": 1,
        "mib": 1,
        "tables": 20,
        "limits": "as published",
    }
    told = text_of("dry_run", plan=plan, years=[2025, 2026], **words_of_a_run)
    assert f"starts     {words}" in told


def test_stages_run_in_order_and_hooks_see_each(small_census: Path, tmp_path: Path) -> None:
    orchestrator = orchestrator_for(tmp_path, small_census)
    seen: list[str] = []
    tables: list[int] = []
    orchestrator.add_stage_hook("pre_stage", lambda: seen.append("before"))

    def after(context: StageContext) -> None:
        assert context.record is not None
        seen.append(f"{context.year} {context.stage}")
        with open_database(orchestrator.folder.partial_database, read_only=True) as connection:
            tables.append(len(tables_of(connection)))

    orchestrator.add_stage_hook("post_stage", after)
    orchestrator.execute_multi_year_simulation(2025, 2025)
    assert seen == [word for stage in STAGES for word in ("before", f"2025 {stage.name}")]
    assert tables == sorted(tables) and tables[-1] > tables[0], "a hook sees what the stage has made"


def test_the_digests_of_a_result_that_a_hook_has_changed_are_those_of_the_result(
    small_census: Path, tmp_path: Path
) -> None:
    orchestrator = orchestrator_for(tmp_path, small_census)

    def change(context: StageContext) -> None:
        if context.stage == STAGES[-1].name:
            with open_database(orchestrator.folder.partial_database) as connection:
                connection.execute("update fct_yearly_summary set opening_headcount = 0")

    orchestrator.add_stage_hook("post_stage", change)
    orchestrator.execute_multi_year_simulation(2025, 2025)
    _assert_record_has_the_digests_of_the_result(orchestrator.folder)


EARLIER_YEARS_AGAIN = """
    select simulation_year, max(closing_headcount) over () as most_people from {{ ref('fct_yearly_summary') }}"""


@pytest.mark.parametrize("materialized", ["table", "incremental"])
def test_so_are_those_of_a_model_that_writes_its_earlier_years_again(
    small_census: Path, tmp_path: Path, materialized: str
) -> None:
    """As a table it has as many rows as its stages wrote, but not those; else it has more."""
    model = f"{{{{ config(materialized='{materialized}') }}}}{EARLIER_YEARS_AGAIN}"
    if materialized == "incremental":
        model = model.replace("select ", "select scenario_id, plan_design_id, ", 1)
    orchestrator = _orchestrator_with(tmp_path, small_census, "fct_compensation_growth.sql", None, model)
    orchestrator.execute_multi_year_simulation(2025, 2026)
    _assert_record_has_the_digests_of_the_result(orchestrator.folder)


def test_a_change_to_a_fact_that_is_made_anew_every_year_is_noticed(small_census: Path, tmp_path: Path) -> None:
    model = f"{{{{ config(materialized='table') }}}}{EARLIER_YEARS_AGAIN}"
    orchestrator = _orchestrator_with(tmp_path, small_census, "fct_compensation_growth.sql", None, model)
    orchestrator.execute_multi_year_simulation(2025, 2026)
    folder = orchestrator.folder
    entries = Journal(folder.journal).entries
    assert database_faults(folder.database, entries) == []
    with open_database(folder.database) as connection:
        connection.execute("update fct_compensation_growth set most_people = 0")
    (fault,) = database_faults(folder.database, entries)
    assert "table fct_compensation_growth: the content has changed" in fault


def test_another_first_year_than_the_settings_is_refused(small_census: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"starts in 2026, but simulation\.start_year is 2025"):
        orchestrator_for(tmp_path, small_census).execute_multi_year_simulation(2026, 2026)
    assert not (tmp_path / "runs").exists()


def test_a_failing_model_is_named_and_the_last_result_stays(small_census: Path, tmp_path: Path) -> None:
    orchestrator_for(tmp_path, small_census).execute_multi_year_simulation(2025, 2025)
    result = RunFolder(tmp_path / "runs" / "baseline").database.read_bytes()
    broken = _orchestrator_with(tmp_path, small_census, "int_promotion_events.sql", "select", "selekt")
    with pytest.raises(ModelError, match=r"(?s)model int_promotion_events failed.*syntax error") as caught:
        broken.execute_multi_year_simulation(2025, 2025)
    assert caught.value.remedy
    assert RunFolder(tmp_path / "runs" / "baseline").database.read_bytes() == result
    left = json.loads(RunFolder(tmp_path / "runs" / "baseline").partial_record.read_text(encoding="utf-8"))
    assert left["outcome"] == "failed" and [entry["stage"] for entry in left["stages"]][-1] == "FOUNDATION"


def _orchestrator_with(folder: Path, census: Path, model: str, old: str | None, new: str) -> PipelineOrchestrator:
    """An orchestrator over a copy of the dbt project in which a part of one model is changed, or all of it."""
    project = folder / "dbt"
    ignored = shutil.ignore_patterns("target", "*.duckdb*", "logs", "tmp")
    shutil.copytree(CHECKOUT / "dbt", project, ignore=ignored)
    (path,) = project.rglob(model)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(text if old is None else old, new, 1), encoding="utf-8")
    return orchestrator_for(folder, census, project)


def test_a_batch_that_changes_during_a_stage_reaches_the_models_that_are_being_built(
    small_census: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[float | None, str | None]] = []

    def build(builder: ModelBuilder, stage: Stage, variables: object, *, batch_size: float, **_: object) -> None:
        builder._batch_size, builder._slice_memory_limit = batch_size, None
        for _ in range(2):
            seen.append((builder._batch_size, builder._slice_memory_limit))
            orchestrator.memory.on_out_of_memory()  # DuckDB has its whole share from now on
            orchestrator.memory.on_out_of_memory()
        raise ModelError("enough was seen")

    monkeypatch.setattr(ModelBuilder, "build", build)
    orchestrator = orchestrator_for(tmp_path, small_census)
    with pytest.raises(ModelError, match="enough was seen"):
        orchestrator.execute_multi_year_simulation(2025, 2025)
    assert seen[0] == (250, None)
    assert seen[1] == (100, f"{orchestrator.memory.duckdb_memory_limit_bytes // 2**20}MiB")
