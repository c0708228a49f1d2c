"""Series with known verdicts. One reading a second for half an hour, in MiB."""

import math
import random
from collections.abc import Callable

import pytest

from planalign_orchestrator.memory.leaks import LeakDetector, growth_that_counts, trend
from planalign_orchestrator.memory.readings import GIB, MIB

SECONDS = 1800
Series = Callable[[int], float]


def ramp(mb_in_15_minutes: float, noise: float = 0.0) -> Series:
    chance = random.Random(1)
    return lambda second: 300 + mb_in_15_minutes * second / 900 + chance.uniform(-noise, noise)


def noise(width: float) -> Series:
    chance = random.Random(2)
    return lambda second: 1500 + chance.uniform(-width, width)


LEAKS: dict[str, Series] = {
    "ramp": ramp(1000),
    "noisy ramp": ramp(1000, noise=200),
    "sawtooth on a ramp": lambda second: 300 + 1000 * second / 900 + second % 50 * 20,
    "a step a minute": lambda second: 300 + 70 * (second // 60),
}
NO_LEAKS: dict[str, Series] = {
    "plateau": lambda second: 1500,
    "warm up, then plateau": lambda second: min(1500.0, 200 + 20 * second),
    "long warm up, then plateau": lambda second: min(1500.0, 200 + 2 * second),
    "slow ramp": ramp(400),
    "sawtooth": lambda second: 300 + second % 45 * 60,
    "long sawtooth": lambda second: 300 + second % 300 * 5,
    "growing peaks over a level that stays": lambda second: 300 + second % 45 * second / 20,
    "wave": lambda second: 1500 + 1200 * math.sin(second / 140),
    "one step": lambda second: 300 if second < 900 else 2300,
    "one step early": lambda second: 300 if second < 100 else 2300,
    "two steps": lambda second: 300 + 900 * (second // 600),
    "noise": noise(200),
    "much noise": noise(1200),
    "falling": lambda second: 3000 - second,
}


def verdicts(series: Series, *, pressed: bool = False) -> list[object]:
    detector = LeakDetector()
    found = (detector.add(second, int(series(second) * MIB), pressed=pressed) for second in range(SECONDS))
    return [leak for leak in found if leak is not None]


@pytest.mark.parametrize("name", LEAKS)
def test_lasting_growth_is_a_leak(name: str) -> None:
    assert verdicts(LEAKS[name])


@pytest.mark.parametrize("name", NO_LEAKS)
def test_what_does_not_last_is_none(name: str) -> None:
    assert not verdicts(NO_LEAKS[name])


def test_there_is_no_verdict_before_fifteen_minutes() -> None:
    detector = LeakDetector()
    assert not any(detector.add(second, second * 10 * MIB) for second in range(900))
    assert detector.add(900, 9000 * MIB)


def test_under_pressure_there_is_no_verdict() -> None:
    assert not verdicts(ramp(1000), pressed=True)


def test_the_growth_is_measured() -> None:
    detector = LeakDetector()
    leaks = [leak for second in range(1000) if (leak := detector.add(second, int(ramp(1200)(second) * MIB)))]
    assert leaks[0] == "memory grew by 1200 MiB in 15.0 minutes and was not given back: probably a leak"


@pytest.mark.parametrize(
    ("mb_after_year", "leaks"),
    [
        ([300, 600, 900, 1200, 1500, 1800], True),
        ([300, 1500, 1500, 1500, 1500, 1500], False),
        ([300, 900, 900, 900, 2500, 2500], False),
        ([300, 900, 400, 1500, 500, 2100], False),
        ([300, 340, 380, 420, 460, 500], False),
        ([300, 900, 1500, 2100], False),
    ],
    ids=["ramp", "plateau", "one step", "sawtooth", "slow ramp", "too few years"],
)
def test_years_have_their_own_verdict(mb_after_year: list[int], leaks: bool) -> None:
    detector = LeakDetector()
    found = [detector.add_year(2025 + i, mb * MIB) for i, mb in enumerate(mb_after_year)]
    assert any(found) is leaks


def test_less_growth_is_suspicious_under_a_small_budget() -> None:
    assert growth_that_counts(4 * GIB) == 800 * MIB
    assert growth_that_counts(1 * GIB) == pytest.approx(0.2 * GIB, abs=1)


def test_one_outlier_does_not_move_the_slope() -> None:
    points = [(float(i), 2.0 * i) for i in range(15)]
    points[7] = (7.0, 1e9)
    assert trend(points)[0] == pytest.approx(2.0)
