"""The plan of the random kills: the same for the same seed, and with every kind of kill in it."""

from __future__ import annotations

import random
import signal
import sys

import pytest

from planalign_orchestrator.durable import FAULT_POINTS

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from tests.checkpoints.kill_runs import Attempt, plan_of

POINTS = ["checkpoint.before_copy", "checkpoint.after_copy", "finish.before_rename"]


def plans(seed: int, count: int = 200) -> list[list[Attempt]]:
    draw = random.Random(seed)
    return [plan_of(draw, POINTS, 120) for _ in range(count)]


def test_the_same_seed_plans_the_same_kills() -> None:
    assert plans(1) == plans(1) != plans(2)


def test_two_hundred_trials_meet_everything() -> None:
    attempts = [attempt for plan in plans(1) for attempt in plan]
    aims = {attempt.aim for attempt in attempts}
    assert aims >= {*POINTS, *(point for point in FAULT_POINTS if point.startswith("restore."))}
    assert any(aim is not None and aim.isdigit() for aim in aims)
    assert {attempt.number for attempt in attempts} == {signal.SIGKILL, signal.SIGINT}
    assert any(attempt.suspended for attempt in attempts)
    assert any(attempt.delete_database for attempt in attempts)
    assert max(len(plan) for plan in plans(1)) == 4
