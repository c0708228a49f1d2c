"""The example that the documentation follows: made by the command it names, with its truth in the intervals."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.learning.fit import fit
from planalign_orchestrator.resources import config_dir
from tests.security.conftest import say

AS_ASSUMED = (
    "Opt-out of automatic enrollment in all",
    "Later conversion in all",
    "Participants who lower their rate",
    "Participants who stop deferring",
)
"""What happens in the example as the bundled tables say."""


@pytest.fixture(scope="module")
def example() -> Path:
    return config_dir() / "census" / "history"


@pytest.mark.slow
def test_the_truth_lies_in_the_intervals(example: Path, tmp_path: Path) -> None:
    truth = load_settings(config_file=example / "truth.yaml", scenario_file=None, environ={}, flags={}).settings
    rates = fit(sorted(example.glob("*.csv")), output=tmp_path)["rates"]
    found = {(rate["topic"], rate["name"]): rate["interval"] for rate in rates if rate["interval"]}
    workforce, pay = truth.workforce, truth.compensation
    for topic, name, value in (
        ("Exits in all", "Of the people employed when a year opens", workforce.total_termination_rate),
        ("Exits in the first twelve months", "Force a person-year", -math.log(1 - workforce.new_hire_termination_rate)),
        ("Promotions in all", "Base rate, of people who could be promoted", pay.promotion.base_rate),
        ("Growth of the pay structure", "Pay of hires of the same level, a year", pay.structure_growth_rate),
        ("Raise on promotion", "Beyond the yearly raise", pay.promotion.raise_mean),
        (
            "Voluntary enrollment in all",
            "Of what was assumed",
            0.7,
        ),  # 0.2 for 0.30 of the young, 0.4 for 0.55 after them
        *((topic, "Of what was assumed", 1.0) for topic in AS_ASSUMED),
    ):
        low, high = found[topic, name]
        assert low <= value <= high, topic
    assert found["Yearly raise by level", "1"] == pytest.approx((0.027, 0.027), abs=1e-5)


@pytest.mark.nightly
def test_the_command_makes_the_example(example: Path, tmp_path: Path) -> None:
    said = say("census", "history", tmp_path, "--config", example / "truth.yaml", "--employees", "300", "--seed", "49")
    assert said.code == 0, said.everything
    for path in sorted(example.glob("*.csv")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert say("census", "history", tmp_path).code == 2
