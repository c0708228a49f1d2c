"""The checks of raises and promotions notice what breaks a rule, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from planalign_orchestrator.config.settings import Settings, settings_of
from tests.oracle.census_people import Member
from tests.oracle.dates import completed_months
from tests.oracle.person_year import Person
from tests.oracle.raises import RaiseRules, check_raises, raise_rules

MERIT = {1: Fraction("0.035"), 2: Fraction("0.04")}
RULES = raise_rules(Settings.model_validate({"compensation": {"cola_rate": 0.025}}), MERIT, 2025)
SOMEBODY = Member(Person("E1", dt.date(1985, 6, 15), dt.date(2020, 3, 10)), pay=Fraction(60_000), level=1)


def event(kind: str, day: str, before: str = "60000", after: str = "63600", **values: Any) -> dict[str, Any]:
    return {
        "event_type": kind,
        "effective_date": dt.date.fromisoformat(day),
        "compensation_before": Fraction(before),
        "compensation_after": Fraction(after),
        **values,
    }


def promotion(day: str = "2025-02-01", after: str = "72000", level: int = 2) -> dict[str, Any]:
    return event("promotion", day, after=after, level_after=level)


def found(*events: dict[str, Any], member: Member = SOMEBODY, rules: RaiseRules = RULES) -> list[str]:
    return [finding.column for finding in check_raises(member, events, rules, 2025)]


# 3.5% merit and 2.5% COLA on 60 000; after the promotion 4% and 2.5% on 72 000.
RAISE = event("raise", "2025-04-01")
AFTER_PROMOTION = event("raise", "2025-02-01", "72000", "76680")


def test_what_the_rules_allow() -> None:
    assert found(RAISE) == []
    assert found(promotion(), AFTER_PROMOTION) == []
    assert found(event("raise", "2025-01-01"), promotion()) == []
    assert found(promotion(after="60000"), event("raise", "2025-03-01", after="63900")) == []


@pytest.mark.parametrize(
    ("events", "column"),
    [
        ([event("raise", "2025-04-01", after="63600.01")], "raise.compensation_after"),
        ([event("raise", "2025-04-02")], "raise.effective_date"),
        ([RAISE, event("raise", "2025-05-01")], "raises in the year"),
        ([], "raises in the year"),
        ([RAISE, promotion("2025-02-02")], "promotion.effective_date"),
        ([event("raise", "2025-01-01"), promotion(level=3)], "promotion.level_after"),
        ([RAISE, promotion(after="78000.01")], "promotion.compensation_after"),
        ([RAISE, promotion(after="59999.99")], "promotion.compensation_after"),
    ],
)
def test_what_they_do_not(events: list[dict[str, Any]], column: str) -> None:
    assert column in found(*events)


def test_the_level_of_the_raise_is_the_one_in_force_that_day() -> None:
    before_promotion = event("raise", "2025-01-01", after="63900")
    assert found(before_promotion, promotion()) == ["raise.compensation_after"]


@pytest.mark.parametrize(
    ("hired", "day", "columns"),
    [
        (dt.date(2024, 4, 1), "2025-04-01", []),
        (dt.date(2024, 4, 2), "2025-04-01", ["raise.effective_date"]),
        (dt.date(2025, 1, 1), "2025-04-01", ["raises and promotions of the year", "raise.effective_date"]),
    ],
)
def test_service_on_the_raise_date(hired: dt.date, day: str, columns: list[str]) -> None:
    member = replace(SOMEBODY, person=replace(SOMEBODY.person, hire_date=hired))
    assert found(event("raise", day), member=member) == columns


def test_no_raise_is_due_for_leavers_and_newcomers() -> None:
    newcomer = replace(SOMEBODY, person=replace(SOMEBODY.person, hire_date=dt.date(2024, 1, 2)))
    assert found(member=newcomer) == []
    assert found(event("termination", "2025-02-15")) == []


def test_a_budget_leaves_the_amounts_open() -> None:
    rules = raise_rules(Settings.model_validate({"compensation": {"merit_budget": 0.03}}), MERIT, 2025)
    assert found(event("raise", "2025-04-01", after="61234.56"), rules=rules) == []
    assert found(rules=rules) == []


def test_cola_of_a_year() -> None:
    chosen = Settings.model_validate({"amendments": [{"from": 2026, "compensation": {"cola_rate": 0.05}}]})
    assert raise_rules(settings_of(chosen, 2025), MERIT, 2025).cola == Fraction("0.003")
    assert raise_rules(settings_of(chosen, 2026), MERIT, 2026).cola == Fraction("0.05")


def test_promotion_raises_in_dollars_are_capped() -> None:
    member = replace(SOMEBODY, pay=Fraction(2_000_000))
    rise = event("raise", "2025-01-01", "2000000", "2120000")
    up = event("promotion", "2025-02-01", "2120000", "2620000", level_after=2)
    assert found(rise, up, member=member) == []
    assert found(rise, {**up, "compensation_after": Fraction("2620000.01")}, member=member) == [
        "promotion.compensation_after"
    ]


def test_the_largest_raise_in_dollars_grows_with_the_pay_structure() -> None:
    chosen = Settings.model_validate({"compensation": {"structure_growth_rate": 0.1}})
    assert [raise_rules(chosen, MERIT, year).maximum_amount for year in (2025, 2026, 2027)] == [
        500_000,
        550_000,
        605_000,
    ]


@pytest.mark.parametrize(
    ("since", "on", "months"),
    [
        (dt.date(2024, 4, 1), dt.date(2025, 4, 1), 12),
        (dt.date(2024, 4, 2), dt.date(2025, 4, 1), 11),
        (dt.date(2024, 12, 31), dt.date(2025, 3, 1), 2),
        (dt.date(2025, 3, 1), dt.date(2025, 3, 1), 0),
    ],
)
def test_completed_months(since: dt.date, on: dt.date, months: int) -> None:
    assert completed_months(since, on) == months
