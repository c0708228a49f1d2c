"""Real sweeps, killed by a command that anyone can start and repeated, leave what an undisturbed sweep leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL, and no server to fork from", allow_module_level=True)

from tests.sweep.kill_sweeps import MOST_KILLS, STEPS, trials


def test_a_seed_plans_kills_in_every_step_of_one_worker_and_of_two() -> None:
    planned = list(islice(trials(1), 30))
    assert planned == list(islice(trials(1), 30)) != list(islice(trials(2), 30))
    attempts = [attempt for trial in planned for attempt in trial.attempts]
    assert {attempt.step for attempt in attempts} == {*STEPS, None}
    assert {trial.workers for trial in planned} == {1, 2}
    assert any(attempt.worker for attempt in attempts) and any(attempt.interrupted for attempt in attempts)


@pytest.mark.slow
def test_a_sweep_is_killed_and_repeated_to_an_equal_result() -> None:
    command = [sys.executable, "-m", "tests.sweep.kill_sweeps", "3", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    total = json.loads(done.stdout.splitlines()[-1])
    assert total["runs"] == total["equal"] == 1
    assert 3 <= total["kills"] <= MOST_KILLS
