"""DuckDB really runs out of memory, in a model that needs more the more people it is built for at once."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.errors import OutOfResourcesError
from planalign_orchestrator.memory.batches import BatchLadder
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.pipeline import PipelineOrchestrator
from tests.pipeline.runs import LIMITS, orchestrator_for

pytestmark = pytest.mark.slow

PEOPLE = 3_000
GREEDY = """{{ config(materialized='table', sliced_over='int_baseline_workforce') }}
select max(person_key) as person_key, len(list(repeat('x', 60000) || person_key)) as people
from {{ ref('int_baseline_workforce') }} where {{ in_slice('person_key') }}"""
"""Over 100 kB a person that cannot be spilled: 340 MB at once, 110 MB for a thousand people."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project with the greedy model among the events."""
    project = tmp_path_factory.mktemp("greedy") / "dbt"
    shutil.copytree(dbt_project_dir(), project, ignore=shutil.ignore_patterns("target", "*.duckdb*", "logs", "tmp"))
    (project / "models" / "events" / "int_greedy.sql").write_text(GREEDY, encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("census") / "census.csv"
    generate_census(path, employees=PEOPLE, seed=7, as_of=dt.date(2024, 12, 31))
    return path


def orchestrator(
    folder: Path, census: Path, project: Path, budget_gb: float, batches: tuple[int, ...]
) -> PipelineOrchestrator:
    """One with a small budget and batches that suit few people."""
    limits = replace(LIMITS, memory_limit_gb=budget_gb, batch_size=batches[0])
    made = orchestrator_for(folder, census, project, limits=limits)
    made.memory._ladder = BatchLadder(batches[0])
    made.memory._ladder.steps = batches
    return made


def test_a_stage_that_runs_out_of_memory_is_repeated_in_smaller_batches_and_in_the_end_resumable() -> None:
    """In a process of its own: the memory of a test session's other tests would count against the small budget."""
    chosen = f"{__file__}::check_a_stage_that_runs_out_of_memory"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", "-o", "python_functions=check_*"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, chosen],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout


def check_a_stage_that_runs_out_of_memory(tmp_path: Path, census: Path, project: Path) -> None:
    smaller = orchestrator(tmp_path / "smaller", census, project, 0.5, (4, 1))
    done = smaller.execute_multi_year_simulation(2025, 2025).record
    assert "2025 EVENT_GENERATION: out of memory, repeated in batches of 1 thousand employees" in done.notes
    assert any(note.startswith("2025 EVENT_GENERATION: out of memory, repeated with") for note in done.notes)
    batches = {stage.stage: stage.batch_size for stage in done.stages}
    assert (batches["FOUNDATION"], batches["EVENT_GENERATION"], batches["STATE_ACCUMULATION"]) == (4, 1, 1)
    assert done.memory["batch_changes"][0]["why"] == "memory ran out"

    smallest = orchestrator(tmp_path / "smallest", census, project, 0.5, (4,))
    with pytest.raises(OutOfResourcesError) as caught:
        smallest.execute_multi_year_simulation(2025, 2025)
    assert caught.value.exit_code == 5
    assert "model int_greedy ran out of memory" in caught.value.message
    assert "cannot get smaller than 4 thousand employees. Of the budget of 0.5 GiB DuckDB had" in caught.value.message
    assert "Possible solutions" not in caught.value.message
    remedy = caught.value.remedy or ""
    assert "GiB are needed" in remedy and "memory_limit_gb" in remedy
    assert "go on after 2025 FOUNDATION with --resume-from-checkpoint" in remedy

    stale = RunFolder(tmp_path / "smallest" / "runs" / "baseline").spill
    stale.mkdir(exist_ok=True)
    (stale / "left_by_a_killed_process.tmp").write_bytes(b"x")
    more = orchestrator(tmp_path / "smallest", census, project, 2, (4,))
    resumed = more.execute_multi_year_simulation(2025, 2025, resume=True).record
    assert resumed.digests == done.digests
    assert not stale.exists()
