"""Amendments: settings by year, with their places, and what may not be amended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from planalign_orchestrator.config.loading import EffectiveSettings, load_settings
from planalign_orchestrator.config.settings import settings_of
from planalign_orchestrator.errors import ConfigurationError

Write = Callable[[str, str], Path]

BASE = """\
workforce: {target_growth_rate: 0.05}
amendments:
  - from: 2028
    workforce: {target_growth_rate: 0.02}
  - from: 2027
    note: new plan document
    workforce: {target_growth_rate: 0.0}
    plan: {match: {formula: safe_harbor_basic}}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into the folder that paths are relative to."""
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return written


def load(config: Path, scenario: Path | None = None) -> EffectiveSettings:
    return load_settings(config_file=config, scenario_file=scenario, environ={}, flags={})


def told(config: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(config)
    return caught.value.message


def test_a_year_has_every_amendment_up_to_it_in_the_order_of_years(write: Write) -> None:
    effective = load(write("c.yaml", BASE))
    growth = {year: effective.in_force(year).value("workforce.target_growth_rate") for year in (2026, 2027, 2028, 2040)}
    assert growth == {2026: 0.05, 2027: 0.0, 2028: 0.02, 2040: 0.02}
    assert effective.in_force(2040).value("plan.match.formula") == "safe_harbor_basic"
    for year in growth:
        in_force = effective.in_force(year).settings.model_dump(exclude={"amendments"})
        assert settings_of(effective.settings, year).model_dump(exclude={"amendments"}) == in_force


def test_a_value_names_the_line_of_its_amendment(write: Write) -> None:
    effective = load(write("c.yaml", BASE))
    sources = {year: effective.in_force(year).source("workforce.target_growth_rate") for year in (2026, 2027, 2028)}
    assert {year: str(source) for year, source in sources.items()} == {
        2026: "c.yaml:1", 2027: "c.yaml:7", 2028: "c.yaml:4",
    }  # fmt: skip
    assert sources[2027].kind == "amendment"


def test_the_amendments_of_a_scenario_come_on_top(write: Write) -> None:
    scenario = write("s.yaml", "amendments: [{from: 2027, workforce: {target_growth_rate: 0.1}}]\n")
    effective = load(write("c.yaml", BASE), scenario)
    assert [found.first_year for found in effective.settings.amendments] == [2028, 2027, 2027]
    in_force = effective.in_force(2027)
    assert in_force.value("workforce.target_growth_rate") == 0.1
    assert str(in_force.source("workforce.target_growth_rate")) == "s.yaml:1"
    assert in_force.value("plan.match.formula") == "safe_harbor_basic"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{from: 2027, simulation: {random_seed: 3}}", "c.yaml:3: simulation may not be amended"),
        ("{from: 2027, census: {path: x}}", "c.yaml:3: census may not be amended"),
        ("{from: 2027, multi_year: {}}", "c.yaml:3: multi_year may not be amended"),
        ("{from: 2027, assumptions: {directory: x}}", "c.yaml:3: assumptions.directory may not be amended"),
        ("{from: 2027, plan: {vesting: {schedule: x}}}", "c.yaml:3: plan.vesting.schedule is unknown; did you mean"),
        ("{from: 2027, workforce: {target_growth_rate: 3%}}", "c.yaml:3: workforce.target_growth_rate is '3%'"),
        ("{from: 2027, plan: {deferral: {maximum_rate: 0.01}}}", "c.yaml:3: plan: enrollment.auto_enrollment.default"),
        ("{from: next, workforce: {}}", "c.yaml:3: amendments[0].from is 'next'; it must be a whole number"),
        ("{from: 1999}", "c.yaml:3: amendments[0].from is 1999; it must be at least 2010"),
        ("{note: x}", "c.yaml:3: amendments[0] lacks from"),
        ("{from: 2027, plan: 3}", "c.yaml:3: amendments[0].plan is 3; it must be a mapping"),
        ("3", "c.yaml:3: amendments[0] is 3; it must be a mapping"),
    ],
)
def test_a_faulty_amendment_is_told_with_its_place(write: Write, entry: str, fault: str) -> None:
    message = told(write("c.yaml", f"# a plan\namendments:\n  - {entry}\n"))
    assert message.startswith(fault), message


def test_settings_that_only_together_do_not_fit_are_found_in_the_year_in_which_they_meet(write: Write) -> None:
    text = (
        "amendments:\n"
        "  - {from: 2026, plan: {enrollment: {auto_enrollment: {default_deferral_rate: 0.05}}}}\n"
        "  - {from: 2028, plan: {deferral: {maximum_rate: 0.04}}}\n"
    )
    assert told(write("c.yaml", text)).startswith("c.yaml:3: plan: enrollment.auto_enrollment.default_deferral_rate")


@pytest.mark.parametrize(
    ("workforce", "fault"),
    [
        ("steered_by: Team", "c.yaml:2: workforce.steered_by is 'Team', which is not one of census.groups"),
        ("steered: [{value: a, target_growth_rate: 0}]", "c.yaml:2: workforce: steered gives rates, but steered_by"),
        (
            "steered_by: Unit, steered: [{value: a}, {value: a}]",
            "c.yaml:2: workforce: steered names a value twice",
        ),
        ("steered_by: Unit, steered: [{target_growth_rate: 0}]", "c.yaml:2: workforce.steered[0] lacks value"),
        ("steered_by: Unit, steered: [{value: a, growth: 0}]", "c.yaml:2: workforce.steered[0].growth is unknown"),
    ],
)
def test_what_steers_is_a_group_with_values(write: Write, workforce: str, fault: str) -> None:
    message = told(write("c.yaml", f"census: {{groups: [Unit]}}\nworkforce: {{{workforce}}}\n"))
    assert message.startswith(fault), message


def test_cola_by_year_is_answered_with_amendments(write: Write) -> None:
    message = told(write("c.yaml", "compensation:\n  cola_rate: 0.03\n  cola_by_year: {2028: 0.05, 2027: 0.06}\n"))
    assert message.startswith("c.yaml:3: compensation.cola_by_year is unknown; write an amendment for each year")
    amendments = message.partition("top level: ")[2]
    assert load(write("d.yaml", f"{amendments}\n")).in_force(2027).value("compensation.cola_rate") == 0.05
