"""Real runs, killed by a command that anyone can start, give the results of an undisturbed run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.run.stages import STAGE_NAMES

COMMAND = Path(__file__).with_name("kill_runs.py")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_six_runs_are_killed_and_resumed_to_equal_results() -> None:
    done = subprocess.run(
        [sys.executable, COMMAND, "6", "1", "--json"], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    total = json.loads(done.stdout.splitlines()[-1])
    assert total["runs"] == total["equal"] == 6
    assert total["kills"] >= 6 and total["killed several times"] >= 1
    places = total["by place"]
    assert places["checkpoint"] and places["restore"] and places["final rename"]
    assert sum(places[stage] for stage in STAGE_NAMES) >= 1
