"""A plan reads differently wherever it pays differently: ``describe`` leaves nothing out that is in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings, strategies as st
from pydantic import ValidationError

from planalign_orchestrator.config.description import describe
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.config.settings import Settings
from tests.oracle.periods import Change as NewRate
from tests.oracle.person_year import Opening, Person, YearEvents, person_year
from tests.oracle.published import LIMITS
from tests.oracle.terms import plan_terms
from tests.settings_effects.changes import CHANGES
from tests.settings_effects.test_live_settings import settings_of
from tests.strategies import plans

OF_PLANS = [key for key in CHANGES if key.startswith("plan.")]


@pytest.mark.parametrize("key", OF_PLANS)
def test_every_setting_of_a_plan_shows_where_it_counts(key: str) -> None:
    """The live-settings walk shows that each of these changes a result."""
    change = CHANGES[key]
    before = settings_of(change.around).plan
    after = settings_of({**change.around, key: change.value}).plan
    assert describe(before) != describe(after)


PANEL = [
    (Person("A", dt.date(1990, 3, 1), dt.date(2015, 6, 1)), Opening(Fraction(60_000), Fraction("0.04"))),
    (Person("B", dt.date(1964, 3, 1), dt.date(2023, 6, 1)), Opening(Fraction(240_000), Fraction("0.3"))),
    (Person("C", dt.date(1975, 3, 1), dt.date(2001, 6, 1), Fraction(20)), Opening(Fraction(90_000), Fraction("0.12"))),
    (Person("D", dt.date(2000, 3, 1), dt.date(2025, 5, 1)), Opening(Fraction(400_000), Fraction("0.08"))),
]
RAISE = YearEvents(pay_changes=(NewRate(dt.date(2025, 7, 1), Fraction(300_000)),))
EXIT = YearEvents(exit_date=dt.date(2025, 11, 30), exit_reason="involuntary")


def paid(plan: Plan) -> list[Any]:
    """What people get under a plan, whatever makes them join it and when; no share of nothing vests."""
    terms = plan_terms(Settings.model_validate({"plan": plan.model_dump()}))
    years = [
        person_year(person, opening, terms, LIMITS, events, 2025)
        for person, opening in PANEL
        for events in (YearEvents(), RAISE, EXIT)
    ]
    of_money = [replace(year, match_entry_date=None, core_entry_date=None, core_basis=None) for year in years]
    return [
        year if year.employer_core_balance else replace(year, core_vested_percentage=Fraction(0)) for year in of_money
    ]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Plan, Plan]:
    """A plan, and the same with one setting as another plan has it, in force or not."""
    one, other = draw(plans()), draw(plans())
    section = draw(st.sampled_from(sorted(set(one) & set(other))))
    value = other[section]
    if isinstance(value, dict):
        key = draw(st.sampled_from(sorted(value)))
        value = {**one[section], key: value[key]}
    try:
        changed = Plan.model_validate({**one, section: value})
    except ValidationError:
        reject()
    return Plan.model_validate(one), changed


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(pairs())
def test_plans_that_pay_differently_read_differently(two: tuple[Plan, Plan]) -> None:
    one, other = two
    if describe(one) == describe(other):
        assert paid(one) == paid(other)
