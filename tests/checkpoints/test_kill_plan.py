"""The plan of the kills: the same for the same seed, with every place and every kind of damage in it."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)

from tests.checkpoints import watched_run
from tests.checkpoints.damages import DAMAGES
from tests.checkpoints.kill_plan import BY_OPERATION, PURPOSES, trials
from tests.checkpoints.watched_run import CHECKPOINT, PLACES, RENAME, RESTORE


def test_the_same_seed_plans_the_same_kills() -> None:
    assert trials(1, 50) == trials(1, 50) != trials(2, 50)
    assert trials(1, 50)[:6] == trials(1, 6)


def test_every_place_is_a_purpose() -> None:
    assert {purpose for purpose in PURPOSES if purpose is not None} == set(PLACES)


def test_two_hundred_trials_meet_everything() -> None:
    planned = trials(1, 200)
    attempts = [attempt for trial in planned for attempt in trial.attempts]
    aimed = Counter(attempt.place for attempt in attempts)
    assert all(aimed[place] >= 10 for place in (*PLACES, None))
    assert {attempt.damage for attempt in attempts} == {*DAMAGES, None}
    assert any(attempt.interrupted for attempt in attempts)
    assert any(attempt.suspended for attempt in attempts)
    assert any(attempt.rewinds for attempt in attempts)
    assert {trial.compressed for trial in planned} == {True, False}
    assert sum(len(trial.attempts) > 1 for trial in planned) >= 80
    assert max(len(trial.attempts) for trial in planned) == 4


def test_places_without_duration_are_met_by_their_file_operations() -> None:
    assert {CHECKPOINT, RENAME, RESTORE} <= BY_OPERATION < set(PLACES)


def test_places_begin_at_fault_points_of_the_code() -> None:
    assert set(watched_run.PLACE_BEGINS) <= watched_run.FAULT_POINTS
    assert set(watched_run.PLACE_BEGINS.values()) <= set(PLACES)
