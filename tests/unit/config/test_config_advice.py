"""Settings that are allowed and yet probably not meant are told, and only these."""

from __future__ import annotations

import pytest

from planalign_orchestrator.config.description import settings_warnings
from planalign_orchestrator.config.settings import Settings
from tests.unit.config.settings_files import load

TIER = {"deferral_from": 0, "deferral_to": 0.05, "rate": 0.5}
NO_CONDITIONS = {
    "plan.match.eligibility.require_employment_on_last_day": False,
    "plan.match.eligibility.minimum_hours": 0,
}


def warnings(flags: dict[str, object]) -> list[str]:
    return settings_warnings(load(flags=flags).settings)


def test_the_defaults_need_no_advice() -> None:
    assert settings_warnings(Settings()) == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"workforce.target_growth_rate": 3}, "which is 300% a year; 3% is 0.03"),
        (
            {"plan.match.formula": "safe_harbor_basic", "plan.vesting.match_schedule": "immediate"},
            "sets require_employment_on_last_day, minimum_hours; a safe harbor match may not depend on",
        ),
        (
            {**NO_CONDITIONS, "plan.match.formula": "safe_harbor_enhanced"},
            "plan.vesting.match_schedule is graded_2_6; a safe harbor match is vested at once",
        ),
        ({"plan.match.max_match_percentage": 0.02}, "cuts the match, which goes to 0.03 by its formula"),
        (
            {
                **NO_CONDITIONS,
                "plan.match.formula": "qaca",
                "plan.vesting.match_schedule": "qaca_2",
            },
            "needs a default_deferral_rate of at least 0.03",
        ),
        (
            {
                **NO_CONDITIONS,
                "plan.match.formula": "qaca",
                "plan.enrollment.auto_enrollment.default_deferral_rate": 0.03,
            },
            "a qaca match must be vested after two years",
        ),
        (
            {"plan.enrollment.auto_enrollment.enabled": False},
            "plan.escalation.enabled is true while plan.enrollment.auto_enrollment.enabled is false: scope "
            "auto_enrolled escalates nobody who enrolls by choice",
        ),
        (
            {"plan.enrollment.auto_enrollment.enabled": False, "plan.escalation.scope": "all"},
            "plan.enrollment.auto_enrollment.enabled is false: everybody who enrolled by choice is escalated",
        ),
        ({"plan.deferral.maximum_rate": 0.08}, "plan.escalation.cap 0.1 is above plan.deferral.maximum_rate 0.08"),
        (
            {"plan.enrollment.auto_enrollment.default_deferral_rate": 0.1},
            "nobody who is auto-enrolled is ever escalated",
        ),
        ({"plan.match.tiers": [TIER]}, "plan.match.tiers has no effect"),
        ({"plan.match.service_bands": [{"minimum": 0, "tiers": [TIER]}]}, "plan.match.service_bands has no effect"),
        ({"plan.match.points_bands": [{"minimum": 0, "tiers": [TIER]}]}, "plan.match.points_bands has no effect"),
        (
            {"plan.match.formula": "custom", "plan.match.tiers": [TIER, {**TIER, "deferral_to": 0.03}]},
            "overlap; deferrals in both earn both rates",
        ),
        ({"plan.core.bands": [{"minimum": 0, "rate": 0.01}]}, "plan.core.bands has no effect with plan.core.type none"),
        (
            {
                "plan.core.eligibility.require_employment_on_last_day": False,
                "plan.core.eligibility.last_day_exceptions": ["retirement"],
            },
            "plan.core.eligibility.last_day_exceptions has no effect",
        ),
        ({"amendments": [{"from": 2030}]}, "the amendment from 2030 comes after 2029, the last simulated year"),
        (
            {"amendments": [{"from": 2027, "workforce": {"target_growth_rate": 3}}]},
            "from 2027 on, workforce.target_growth_rate is 3, which is 300%",
        ),
        ({"compensation.promotion.raise_mean_by_level": {1: 0.4}}, "a mean raise on promotion of 0.4 is above"),
    ],
)
def test_one_odd_setting_gives_one_sentence(flags: dict[str, object], words: str) -> None:
    (told,) = warnings(flags)

    assert words in told


@pytest.mark.parametrize(
    "flags",
    [
        {"plan.match.family": "none"},
        {
            "plan.match.formula": "custom",
            "plan.match.tiers": [TIER, {**TIER, "deferral_from": 0.05, "deferral_to": 0.1}],
        },
        {"plan.match.eligibility.last_day_exceptions": ["retirement"]},
        {"plan.escalation.enabled": False, "plan.enrollment.auto_enrollment.enabled": False},
        {
            **NO_CONDITIONS,
            "plan.match.formula": "safe_harbor_basic",
            "plan.match.max_match_percentage": 0.04,
            "plan.vesting.match_schedule": "immediate",
        },
    ],
)
def test_sensible_designs_are_left_alone(flags: dict[str, object]) -> None:
    assert warnings(flags) == []
