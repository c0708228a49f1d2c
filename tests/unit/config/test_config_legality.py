"""A design outside the law is told with the section it breaks; one within it is not."""

from __future__ import annotations

from typing import Any

import pytest

from planalign_orchestrator.config.description import legality_notes, settings_warnings
from tests.unit.config.settings_files import load

Flags = dict[str, Any]

SAFE_HARBOR: Flags = {
    "plan.match.formula": "safe_harbor_basic",
    "plan.match.eligibility.require_employment_on_last_day": False,
    "plan.match.eligibility.minimum_hours": 0,
    "plan.vesting.match_schedule": "immediate",
}
QACA: Flags = {
    **SAFE_HARBOR,
    "plan.match.formula": "qaca",
    "plan.vesting.match_schedule": "qaca_2",
    "plan.enrollment.auto_enrollment.default_deferral_rate": 0.03,
}
DISPARITY: Flags = {"plan.core.permitted_disparity.enabled": True, "plan.core.permitted_disparity.excess_rate": 0.03}
BANDED: Flags = {**DISPARITY, "plan.core.type": "graded_by_service"}
SLOW = [{"schedule": "graded_2_6", "years_of_service": 3, "vested_percentage": 0.3}]

ILLEGAL: dict[str, tuple[Flags, str]] = {
    "730 days before deferring": ({"plan.eligibility.waiting_period_days": 730}, "410(a)(1)(A)"),
    "yearly entry at 21": ({"plan.eligibility.entry_dates": "annual"}, "410(a)(4)"),
    "yearly entry after a year": (
        {
            "plan.eligibility.entry_dates": "annual",
            "plan.eligibility.minimum_age": 18,
            "plan.eligibility.waiting_period_days": 365,
        },
        "410(a)(4)",
    ),
    "thirteen months before deferring": ({"plan.eligibility.service.months": 13}, "410(a)(1)(A)"),
    "yearly entry into the match after seven months": (
        {"plan.match.entry.entry_dates": "annual", "plan.match.entry.service.months": 7},
        "410(a)(4)",
    ),
    "a year of 1 001 hours before the match": (
        {"plan.match.entry.service.years": 1, "plan.match.entry.service.hours": 1001},
        "410(a)(3)(A)",
    ),
    "25 months before the match": (
        {"plan.match.entry.service.months": 25, "plan.vesting.match_schedule": "immediate"},
        "410(a)(1)(B)(i)",
    ),
    "two years before the match, and a cliff": ({"plan.match.entry.service.years": 2}, "410(a)(1)(B)(i)"),
    "safe harbor after two years": ({**SAFE_HARBOR, "plan.match.entry.service.years": 2}, "401(k)(12)(B)"),
    "1 001 hours for a match": ({"plan.match.eligibility.minimum_hours": 1001}, "410(a)(3)(A)"),
    "1 500 hours for core": (
        {"plan.core.type": "flat", "plan.core.eligibility.minimum_hours": 1500},
        "410(a)(3)(A)",
    ),
    "three years for a match": ({"plan.match.eligibility.minimum_service_years": 3}, "410(a)(1)(B)(i)"),
    "two years and graded vesting": ({"plan.match.eligibility.minimum_service_years": 2}, "410(a)(1)(B)(i)"),
    "vesting slower than two to six": ({"assumptions.overrides": {"vesting_schedules": SLOW}}, "411(a)(2)(B)"),
    "normal retirement at 67": ({"plan.vesting.normal_retirement_age": 67}, "411(a)(8)"),
    "disparity on a core by service": (
        {**BANDED, "plan.core.bands": [{"minimum": 0, "rate": 0.03}, {"minimum": 5, "rate": 0.05}]},
        "401(l)(2)",
    ),
    "safe harbor with a last day": (
        {**SAFE_HARBOR, "plan.match.eligibility.require_employment_on_last_day": True},
        "401(k)(12)(B)",
    ),
    "safe harbor with 1 000 hours": ({**SAFE_HARBOR, "plan.match.eligibility.minimum_hours": 1000}, "401(k)(12)(B)"),
    "safe harbor cut in dollars": ({**SAFE_HARBOR, "plan.match.maximum_match_amount": 2000}, "401(k)(12)(B)"),
    "safe harbor without catch-up": ({**SAFE_HARBOR, "plan.match.match_catch_up": False}, "401(k)(12)(B)"),
    "safe harbor that vests": ({**SAFE_HARBOR, "plan.vesting.match_schedule": "cliff_2"}, "401(k)(12)(E)(i)"),
    "qaca without automatic enrollment": (
        {**QACA, "plan.enrollment.auto_enrollment.enabled": False, "plan.escalation.enabled": False},
        "401(k)(13)",
    ),
    "qaca at 2%": ({**QACA, "plan.enrollment.auto_enrollment.default_deferral_rate": 0.02}, "401(k)(13)"),
    "qaca that vests in three years": ({**QACA, "plan.vesting.match_schedule": "cliff_3"}, "401(k)(13)(D)(iii)"),
}

LEGAL: dict[str, Flags] = {
    "the defaults": {},
    "a year and semiannual entry": {
        "plan.eligibility.waiting_period_days": 365,
        "plan.eligibility.entry_dates": "semiannual",
    },
    "half a year and yearly entry": {
        "plan.eligibility.waiting_period_days": 183,
        "plan.eligibility.minimum_age": 20,
        "plan.eligibility.entry_dates": "annual",
    },
    "two years and vested at once": {
        "plan.match.eligibility.minimum_service_years": 2,
        "plan.vesting.match_schedule": "immediate",
    },
    "three years for a core that does not exist": {"plan.core.eligibility.minimum_service_years": 3},
    "a year of 1 000 hours and semiannual entry": {
        "plan.eligibility.service.years": 1,
        "plan.eligibility.service.hours": 1000,
        "plan.eligibility.entry_dates": "semiannual",
    },
    "two years before a match that is vested at once": {
        "plan.match.entry.service.years": 2,
        "plan.vesting.match_schedule": "immediate",
    },
    "three years before a core that does not exist": {"plan.core.entry.service.years": 3},
    "safe harbor after a year": {**SAFE_HARBOR, "plan.match.entry.service.years": 1},
    "1 000 hours": {"plan.match.eligibility.minimum_hours": 1000},
    "a faster schedule of one's own": {
        "assumptions.overrides": {
            "vesting_schedules": [{"schedule": "graded_2_6", "years_of_service": 3, "vested_percentage": 0.5}]
        }
    },
    "normal retirement at 62": {"plan.vesting.normal_retirement_age": 62},
    "disparity on a flat core": {**DISPARITY, "plan.core.type": "flat"},
    "disparity on bands that are all the same": {**BANDED, "plan.core.bands": [{"minimum": 0, "rate": 0.03}]},
    "safe harbor": SAFE_HARBOR,
    "safe harbor with its own cap": {**SAFE_HARBOR, "plan.match.max_match_percentage": 0.04},
    "qaca": QACA,
}


@pytest.mark.parametrize("design", ILLEGAL)
def test_an_illegal_design_is_told_with_its_section(design: str) -> None:
    flags, section = ILLEGAL[design]
    settings = load(flags=flags).settings
    (note,) = legality_notes(settings)
    assert f"IRC {section}" in note or f", {section}" in note
    assert note in settings_warnings(settings)


@pytest.mark.parametrize("design", LEGAL)
def test_a_legal_design_is_left_alone(design: str) -> None:
    assert legality_notes(load(flags=LEGAL[design]).settings) == []
