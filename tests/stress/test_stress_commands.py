"""The document's stress scripts: each is a command of the product or a benchmark, and they measure real runs."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stress import ci_stress_runner, multi_year_scalability

FOLDER = Path(__file__).parent
SCRIPTS = {
    "large_dataset_generator": ["census", "generate", "x"],
    "stress_test_framework": ["stress", "x"],
    "performance_benchmark": ["x"],
    "multi_year_scalability": ["10000x1", "10000x2", "10000x5", "10000x10", "x"],
    "ci_stress_runner": ["1000x1", "10000x1", "book:100x5", "--compare", str(FOLDER / "baseline.json"), "x"],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_a_command(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("planalign_orchestrator.cli.main", called.append)
    monkeypatch.setattr("benchmarks.bench.main", called.append)
    monkeypatch.setattr(sys, "argv", [f"{script}.py", "x"])
    runpy.run_path(str(FOLDER / f"{script}.py"), run_name="__main__")
    assert called == [SCRIPTS[script]]


def test_the_number_of_employees_can_be_chosen() -> None:
    assert multi_year_scalability.arguments(["500", "--repeat", "1"])[:2] == ["500x1", "500x2"]
    assert multi_year_scalability.arguments(["500", "--repeat", "1"])[-2:] == ["--repeat", "1"]


def test_a_new_baseline_is_not_compared_with_the_old_one() -> None:
    assert "--compare" not in ci_stress_runner.arguments(["--output", "new.json"])


def script(name: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_real_run_is_judged_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    done = script(
        "stress_test_framework", "--sizes", "200", "--years", "1", "--folder", "work", "--output", "s.json",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (found,) = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    seen = found["observation"]
    assert (found["outcome"], found["laws_held_years"], len(found["digest"])) == ("done", 1, 12)
    assert seen["peak_mb"] > 100 and seen["cpu_seconds"] > 1 and seen["disk_mb"] > 1
    assert found["own_peak_mb"] == pytest.approx(seen["peak_mb"], rel=0.15)
    assert 0 < found["sampling_percent"] < 5  # a run of two seconds; over minutes it is below 1
    assert set(found["stages"]) >= {"FOUNDATION", "VALIDATION", "REPORTING"} and found["models"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "s.json", "work"]
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.slow
def test_the_quick_profile_is_nowhere_near_three_times_the_baseline(tmp_path: Path) -> None:
    """The tight bound is for the command on a quiet machine; this keeps the command and its baseline working."""
    done = script("ci_stress_runner", "--repeat", "1", "--tolerance", "2", folder=tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ok: ") == 3
