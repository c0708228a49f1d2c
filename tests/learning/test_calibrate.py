"""`planalign calibrate`: settings are moved until totals are reached, or it is said how near one can get."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.learning.calibrate import Calibration, Target, Values, scenario_text
from planalign_orchestrator.model.build import ModelBuilder
from tests.security.conftest import say

YEARS = range(2025, 2030)
EXITS, PARTICIPATION = "workforce.total_termination_rate", "plan.enrollment.conversion_rate_multiplier"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("exit_rate=0.12", Target("exit_rate", None, 0.12)),
        ("participation_2029 = 85%", Target("participation", 2029, 0.85)),
        ("headcount_growth=-.02", Target("headcount_growth", None, -0.02)),
    ],
)
def test_targets_are_read(text: str, target: Target) -> None:
    assert Target.parse(text, YEARS) == target


@pytest.mark.parametrize(
    ("text", "words"),
    [("exit_rate", "no target"), ("exits_rate=1", "Did you mean exit_rate"), ("exit_rate_2031=0.1", "2025 to 2029")],
)
def test_what_is_no_target_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Target.parse(text, YEARS)
    assert words in f"{raised.value.message} {raised.value.remedy}"


class Analytic(Calibration):
    """Totals by formula: exits follow their rate, participation saturates and falls a little with exits."""

    def _totals(self, points: Sequence[Values]) -> list[list[float]]:
        return [[self._total(target.name, point) for target in self.targets] for point in points]

    @staticmethod
    def _total(name: str, point: Values) -> float:
        exits, factor = point.get(EXITS, 0.12), point.get(PARTICIPATION, 1.0)
        return exits if name == "exit_rate" else 0.9 - 0.5 * math.exp(-factor / 2) - 0.2 * exits


def search(*targets: Target, told: list[str] | None = None) -> Analytic:
    return Analytic(
        cast(ModelBuilder, None), Settings(), Path(), 1, {}, targets, 1, 0.0002, ([] if told is None else told).append
    )


def test_targets_that_touch_each_other_are_reached() -> None:
    moved = search(Target("participation", 2029, 0.7), Target("exit_rate", None, 0.2)).solve()
    assert [one.comes_to for one in moved] == pytest.approx([0.7, 0.2], abs=0.0002)
    assert moved[1].before == 0.12 and moved[1].after == pytest.approx(0.2, abs=0.0002)
    assert moved[0].after == pytest.approx(-2 * math.log(0.16 / 0.5), abs=0.01)


def test_a_straight_line_takes_two_passes() -> None:
    told: list[str] = []
    search(Target("exit_rate", None, 0.17), told=told).solve()
    assert len(told) == 2


def test_what_is_reached_already_is_not_moved() -> None:
    [one] = search(Target("exit_rate", None, 0.12)).solve()
    assert one.after == one.before
    assert "workforce:" not in scenario_text([one], {})


def test_what_cannot_be_reached_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be reached: the nearest is 0\.8760.* at 20"):
        search(Target("participation", None, 0.95)).solve()


def test_one_setting_cannot_serve_two_targets() -> None:
    with pytest.raises(ConfigurationError, match=f"two targets move {EXITS}"):
        search(Target("exit_rate", 2025, 0.1), Target("exit_rate", 2026, 0.2)).solve()


def test_the_scenario_keeps_what_it_was_calibrated_from(tmp_path: Path) -> None:
    moved = search(Target("exit_rate", None, 0.2)).solve()
    below: dict[str, Any] = {"workforce": {"target_growth_rate": 0.01}}
    (tmp_path / "calibrated.yaml").write_text(scenario_text(moved, below), encoding="utf-8")
    found = load_settings(config_file=None, scenario_file=tmp_path / "calibrated.yaml", environ={}, flags={}).settings
    assert found.workforce.target_growth_rate == 0.01
    assert found.workforce.total_termination_rate == pytest.approx(0.2, abs=0.0002)


@pytest.mark.slow
def test_a_simulation_comes_to_its_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert say("census", "generate", "c.csv", "--employees", "40", "--year", "2025").code == 0
    (tmp_path / "two.yaml").write_text("simulation: {end_year: 2025}\n", encoding="utf-8")
    given = ("calibrate", "--census", "c.csv", "--config", "two.yaml", "--seeds", "1", "--json")
    said = say(*given, "--target", "exit_rate_2025=22.5%")  # a quarter of the way up: the first points find it
    assert said.code == 0, said.everything
    [moved] = json.loads(said.out)
    assert moved["comes_to"] == pytest.approx(0.225, abs=0.0005) and moved["setting"] == EXITS
    assert (tmp_path / "calibrated.yaml").exists()
    said = say(*given[:-1], "--target", "exit_rate_2025=22.5%", "--overwrite")
    assert "then: planalign run --census c.csv --config two.yaml --scenario calibrated.yaml" in said.out


@pytest.mark.parametrize(
    ("target", "flags", "words"),
    [
        ("old.yaml", (), "add --overwrite"),
        *(
            (name, ("--overwrite",), "the command reads this file")
            for name in ("c.csv", "two.yaml", "s.yaml", "m.yaml")
        ),
    ],
)
def test_no_file_is_overwritten_unasked_and_none_that_is_read(
    target: str, flags: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"two.yaml": "census: {mapping: m.yaml}\n", "s.yaml": "{}\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("c.csv", "m.yaml", "old.yaml"):
        (tmp_path / name).touch()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    given = ("calibrate", "--census", "c.csv", "--config", "two.yaml", "--scenario", "s.yaml", "--output", target)
    said = say(*given, "--target", "exit_rate=0.1", *flags)
    assert said.code == 2 and f"{target}: " in said.err and words in said.everything, said.everything
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
