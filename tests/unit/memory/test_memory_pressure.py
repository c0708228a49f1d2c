import random

import pytest

from planalign_orchestrator.memory.pressure import Pressure, PressureGauge, pressure_of


@pytest.mark.parametrize(
    ("mb_of_4096", "level"),
    [
        (2047, Pressure.NORMAL),
        (2048, Pressure.MODERATE),
        (3071, Pressure.MODERATE),
        (3072, Pressure.HIGH),
        (3583, Pressure.HIGH),
        (3584, Pressure.CRITICAL),
        (9000, Pressure.CRITICAL),
    ],
)
def test_levels_start_at_half_three_quarters_and_seven_eighths(mb_of_4096: int, level: Pressure) -> None:
    assert pressure_of(mb_of_4096 / 4096) is level


def test_the_level_rises_at_once_and_over_several_steps() -> None:
    gauge = PressureGauge()
    assert gauge.update(0, 0.2) is Pressure.NORMAL
    assert gauge.update(1, 0.9) is Pressure.CRITICAL


def test_the_level_falls_only_after_a_while_of_calm() -> None:
    gauge = PressureGauge(dwell=30)
    gauge.update(0, 0.8)
    levels = [gauge.update(second, 0.3) for second in range(1, 33)]
    assert levels[:30] == [Pressure.HIGH] * 30
    assert levels[30:] == [Pressure.NORMAL] * 2


def test_one_reading_above_the_margin_starts_the_calm_anew() -> None:
    gauge = PressureGauge(dwell=30)
    gauge.update(0, 0.8)
    for second in range(1, 30):
        gauge.update(second, 0.3)
    gauge.update(30, 0.72)
    assert gauge.update(31, 0.3) is Pressure.HIGH


def test_the_level_falls_no_further_than_the_highest_reading_of_the_calm() -> None:
    gauge = PressureGauge(dwell=30)
    gauge.update(0, 0.9)
    levels = {gauge.update(second, 0.55 if second % 5 == 0 else 0.1) for second in range(1, 60)}
    assert levels == {Pressure.CRITICAL, Pressure.MODERATE}


@pytest.mark.parametrize("around", [0.5, 0.75, 0.875])
@pytest.mark.parametrize("seed", range(5))
def test_noise_around_a_threshold_changes_the_level_at_most_once(around: float, seed: int) -> None:
    noise = random.Random(seed)
    gauge = PressureGauge()
    before = gauge.update(0, around - 0.02)
    changes = 0
    for second in range(1, 3600):
        level = gauge.update(second, around + noise.uniform(-0.06, 0.06))
        changes += level is not before
        before = level
    assert changes == 1
