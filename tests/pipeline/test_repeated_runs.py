"""Runs in one process leave it as they found it: the studio and sweeps make many."""

from __future__ import annotations

import datetime as dt
import gc
import os
from pathlib import Path

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from tests.pipeline.runs import orchestrator_for

pytestmark = pytest.mark.slow

OF_A_RUN = 300
"""Objects that may come and go with a run; the models alone, rendered, are some thousands."""


def test_runs_leave_no_objects_and_no_environment_behind(tmp_path: Path) -> None:
    census = tmp_path / "census.csv"
    generate_census(census, employees=30, seed=7, as_of=dt.date(2024, 12, 31))
    environment, frozen, objects = dict(os.environ), gc.get_freeze_count(), []
    for number in range(5):
        orchestrator_for(tmp_path, census, name=f"run_{number}").execute_multi_year_simulation(2025, 2025)
        gc.collect()
        objects.append(len(gc.get_objects()))
    assert objects[-1] - objects[2] < OF_A_RUN, objects
    assert gc.get_freeze_count() <= frozen  # what was frozen may die
    assert dict(os.environ) == environment
