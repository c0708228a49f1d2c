"""Raises and promotions in the event log, held against the rules that need no draw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from planalign_orchestrator.config.settings import Settings, settings_of
from tests.oracle.census_people import Member, day, number
from tests.oracle.dates import completed_months, completed_years, first_day
from tests.oracle.exact import exact, round_cents, round_half_away
from tests.oracle.replay import Event, Finding


@dataclass(frozen=True)
class RaiseRules:
    """What a year's raises follow.

    Attributes:
        merit: merit rate by level; None when a budget scales them.
        cola: cost-of-living part of the year.
        minimum_months: completed months of service on the raise date.
        promotion_day: the day on which promotions take effect.
        promotion_service: completed years of service on it.
        maximum_rate: no promotion raises pay by a larger share.
        maximum_amount: nor by more dollars.
    """

    merit: Mapping[int, Fraction] | None
    cola: Fraction
    minimum_months: int
    promotion_day: dt.date
    promotion_service: int
    maximum_rate: Fraction
    maximum_amount: Fraction


def raise_rules(settings: Settings, merit: Mapping[int, Fraction], year: int) -> RaiseRules:
    """The rules of a run in a year."""
    pay, promotion = settings.compensation, settings.compensation.promotion
    month, day_of_month = map(int, promotion.effective_date.split("-"))
    return RaiseRules(
        merit=merit if pay.merit_budget is None else None,
        cola=exact(pay.cola_rate),
        minimum_months=pay.minimum_service_months,
        promotion_day=dt.date(year, month, day_of_month),
        promotion_service=promotion.minimum_service_years,
        maximum_rate=exact(promotion.raise_maximum),
        maximum_amount=structure_maximum(settings, year),
    )


def structure_factor(settings: Settings, year: int) -> Fraction:
    """The pay structure of a year against the first one's, grown by the rate of each year since, to nine digits."""
    factor = Fraction(1)
    for past in range(settings.simulation.start_year + 1, year + 1):
        factor *= 1 + exact(settings_of(settings, past).compensation.structure_growth_rate)
    return round_half_away(factor, 9)


def structure_maximum(settings: Settings, year: int) -> Fraction:
    """The largest promotion raise of a year in dollars."""
    return round_cents(
        exact(settings_of(settings, year).compensation.promotion.raise_maximum_amount)
        * structure_factor(settings, year)
    )


def check_raises(opening: Member, events: Iterable[Event], rules: RaiseRules, year: int) -> Iterator[Finding]:
    """One yearly raise and at most one promotion, of opening staff, with the service and the amounts of the rules."""
    events = list(events)
    raises = [event for event in events if event["event_type"] == "raise"]
    promotions = [event for event in events if event["event_type"] == "promotion"]
    hire = opening.person.hire_date
    stays = all(event["event_type"] != "termination" for event in events)
    due = hire.year < year and stays and completed_months(hire, first_day(year)) >= rules.minimum_months
    if len(raises) > 1 or (due and rules.merit is not None and not raises):
        yield Finding("raises in the year", len(raises), 1)
    if len(promotions) > 1 or (hire.year == year and raises + promotions):
        yield Finding("raises and promotions of the year", len(raises + promotions), 0)
    for event in raises:
        yield from _check_raise(opening, event, promotions, rules)
    for event in promotions:
        yield from _check_promotion(opening, event, rules)


def _check_raise(opening: Member, event: Event, promotions: list[Event], rules: RaiseRules) -> Iterator[Finding]:
    on = day(event["effective_date"])
    months = completed_months(opening.person.hire_date, on)
    if on.day != 1 or months < rules.minimum_months:
        yield Finding("raise.effective_date", on, f"a first of the month with {rules.minimum_months} months of service")
    if rules.merit is None:
        return
    moved_up = [promotion for promotion in promotions if day(promotion["effective_date"]) <= on]
    level = int(moved_up[-1]["level_after"]) if moved_up else opening.level
    expected = round_cents(number(event["compensation_before"]) * (1 + rules.merit[level] + rules.cola))
    if number(event["compensation_after"]) != expected:
        yield Finding("raise.compensation_after", number(event["compensation_after"]), expected)


def _check_promotion(opening: Member, event: Event, rules: RaiseRules) -> Iterator[Finding]:
    on = day(event["effective_date"])
    if on != rules.promotion_day or completed_years(opening.person.hire_date, on) < rules.promotion_service:
        yield Finding("promotion.effective_date", on, rules.promotion_day)
    if event["level_after"] != opening.level + 1:
        yield Finding("promotion.level_after", event["level_after"], opening.level + 1)
    before, after = number(event["compensation_before"]), number(event["compensation_after"])
    highest = before + min(round_cents(before * rules.maximum_rate), rules.maximum_amount)
    if not before <= after <= highest:
        yield Finding("promotion.compensation_after", after, f"{before} to {highest}")
