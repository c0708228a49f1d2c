"""What was put into made-up pasts comes out of them: true rates lie in the 90% intervals as often as they should."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.learning.experience import Experience, Rate
from planalign_orchestrator.learning.fit import learn
from planalign_orchestrator.learning.history import files_read
from tests.learning import histories


def rates_of(past: histories.Past, folder: Path) -> list[Rate]:
    with files_read(past.files, Settings(), folder / "rejects") as read, read.linked() as history:
        return learn(history).rates


def covered(past: histories.Past, rates: list[Rate]) -> Counter[tuple[str, bool]]:
    """By topic, how many cells hold the truth in their interval, and how many do not."""
    found: Counter[tuple[str, bool]] = Counter()
    for rate in rates:
        truth = past.truth.get((rate.topic, rate.name))
        if truth is not None and rate.interval is not None:
            found[rate.topic, rate.interval[0] <= truth <= rate.interval[1]] += 1
    return found


@pytest.mark.slow
def test_one_past_is_recovered(tmp_path: Path) -> None:
    past = histories.make(tmp_path, people=1500, files=4, seed=11)
    found = covered(past, rates_of(past, tmp_path))
    assert len({topic for topic, _ in found}) == 11
    inside = sum(number for (_, hit), number in found.items() if hit)
    assert 0.8 <= inside / found.total() <= 0.97


@pytest.mark.nightly
def test_forty_pasts_are_recovered(tmp_path: Path) -> None:
    found: Counter[tuple[str, bool]] = Counter()
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        past = histories.make(folder, people=1000, files=5, seed=seed)
        found += covered(past, rates_of(past, folder))
    inside = sum(number for (_, hit), number in found.items() if hit)
    print({topic: found[topic, True] / (found[topic, True] + found[topic, False]) for topic, _ in found})
    print(f"{inside} of {found.total()} cells, {inside / found.total():.1%}")
    assert 0.85 <= inside / found.total() <= 0.95


@pytest.mark.nightly
def test_much_experience_gives_the_true_factors(tmp_path: Path) -> None:
    past = histories.make(tmp_path, people=40_000, files=4, seed=1)
    with files_read(past.files, Settings(), tmp_path / "rejects") as read, read.linked() as history:
        _factors_are_true(learn(history))


def _factors_are_true(found: Experience) -> None:
    for table, topic, truth in (
        ("age_bands", "Turnover by age", histories.AGES),
        ("tenure_bands", "Turnover by service", histories.SERVICE),
    ):
        changed = found.changes[table]["exit_multiplier"]
        sure = [rate.name for rate in found.rates if rate.topic == topic and rate.credibility == 1]
        assert len(sure) >= 3
        base = sum(changed[name] for name in sure) / sum(truth[name][2] for name in sure)
        for name in sure:
            assert changed[name] / base == pytest.approx(truth[name][2], rel=0.1), (topic, name)
