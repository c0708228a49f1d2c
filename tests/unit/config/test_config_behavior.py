"""The plan that people know: the settings without the scenario, unless a file says another one."""

from __future__ import annotations

import pytest

from planalign_orchestrator.config.contributions import Match
from planalign_orchestrator.config.plan import known_plan
from tests.unit.config.settings_files import Write, load

STRETCHED = "plan: {match: {formula: stretch}}"


def test_a_scenario_is_answered_by_people_who_know_the_configuration(write: Write) -> None:
    config = write("config.yaml", "plan: {match: {formula: safe_harbor_basic}}")
    effective = load(config, write("scenario.yaml", STRETCHED))

    known = effective.settings.plan.behavior.known_plan
    assert (known.match_ceiling, known.match_rate) == (0.05, 0.666667)
    assert str(effective.source("plan.behavior.known_plan.match_rate")) == "the settings without the scenario"


def test_a_configuration_that_leaves_the_known_plan_open_is_what_people_know(write: Write) -> None:
    config = write("config.yaml", "plan: {behavior: {known_plan: {match_ceiling: null, match_rate: null}}}")
    known = load(config, write("scenario.yaml", STRETCHED)).settings.plan.behavior.known_plan
    assert (known.match_ceiling, known.match_rate) == (0.06, 0.5)


def test_without_a_scenario_people_know_the_plan_that_is_in_force(write: Write) -> None:
    known = load(write("config.yaml", STRETCHED)).settings.plan.behavior.known_plan
    assert (known.match_ceiling, known.match_rate) == (None, None)


def test_a_file_may_say_what_people_know(write: Write) -> None:
    said = "plan: {behavior: {known_plan: {match_ceiling: 0.03}}}"
    known = load(write("config.yaml", said), write("scenario.yaml", STRETCHED)).settings.plan.behavior.known_plan
    assert (known.match_ceiling, known.match_rate) == (0.03, 0.5)


def test_a_scenario_that_leaves_the_match_is_not_answered(write: Write) -> None:
    known = load(write("config.yaml", STRETCHED), write("scenario.yaml", "plan: {core: {type: flat}}"))
    assert known.settings.plan.behavior.known_plan.match_ceiling is None


def test_the_plan_of_the_first_year_is_what_people_know(write: Write) -> None:
    first, then = "{from: 2025, plan: {match: {formula: stretch}}}", "{from: 2026, plan: {match: {family: none}}}"
    config = write("config.yaml", f"amendments: [{first}, {then}]")
    scenario = write("scenario.yaml", "amendments: [{from: 2025, plan: {match: {formula: simple}}}]")
    known = load(config, scenario).settings.plan.behavior.known_plan
    assert (known.match_ceiling, known.match_rate) == (0.12, 0.25)


@pytest.mark.parametrize(
    ("changes", "ceiling", "rate"),
    [
        ({"formula": "qaca"}, 0.06, 0.583333),
        ({"family": "none"}, 0, 0),
        ({"max_match_percentage": 0.015}, 0.06, 0.25),
        (
            {
                "family": "tenure_bands",
                "service_bands": [
                    {"minimum": 0, "tiers": [{"deferral_from": 0, "deferral_to": 0.08, "rate": 0.25}]},
                    {"minimum": 5, "tiers": [{"deferral_from": 0, "deferral_to": 0.04, "rate": 1}]},
                ],
            },
            0.08,
            0.666667,
        ),
    ],
)
def test_what_people_know_of_a_match(changes: dict[str, object], ceiling: float, rate: float) -> None:
    found = known_plan(Match.model_validate(changes))
    assert (found.match_ceiling, found.match_rate) == (ceiling, rate)
