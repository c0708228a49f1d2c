"""The plan's rules for one person and year, worked out again from stored inputs, to explain a stored amount.

Results come from the SQL models alone; nothing here ever becomes one. Money is ``Decimal`` dollars, rounded once at the
end of a sum, half up; everything on the way is exact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from planalign_orchestrator.config.contributions import ContributionEligibility, Core, Match

CENT = Decimal("0.01")
_MULTIPLES = {
    "elective_deferral_limit": 500, "catch_up_limit": 500, "catch_up_limit_60_63": 500, "annual_additions_limit": 1000,
    "compensation_limit": 5000, "hce_compensation": 5000, "social_security_wage_base": 300, "roth_catch_up_wages": 5000,
}  # fmt: skip
"""The statutory multiples to which indexed limits are rounded down (IRC 415(d))."""


@dataclass(frozen=True)
class Period:
    """Days of constant pay, deferral rate and eligibility, both ends included."""

    start: dt.date
    end: dt.date
    pay: Decimal
    rate: Decimal
    is_eligible: bool

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Circumstances:
    """What decides whether a person shares in an employer contribution."""

    eligibility_date: dt.date | None
    last_day: dt.date
    termination_reason: str | None
    is_new_hire: bool
    hours: Decimal
    service: int


def money(amount: Fraction) -> Decimal:
    """Dollars to the cent, half up."""
    cents = (amount * 200 + 1) // 2
    return Decimal(int(cents)) * CENT


def exact(value: float | Decimal) -> Fraction:
    """A setting as the fraction that its decimal digits say."""
    return Fraction(str(value))


def days_in_year(year: int) -> int:
    """365 or 366."""
    return (dt.date(year, 12, 31) - dt.date(year, 1, 1)).days + 1


def completed_years(start: dt.date, end: dt.date) -> int:
    """Anniversaries passed; 29 February is reached on 1 March of a common year."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def limits_of(year: int, published: Sequence[Mapping[str, Any]], indexation: float) -> dict[str, Decimal | None]:
    """The IRS limits of a year; after the last published year indexed and rounded down, never falling."""
    last = max(published, key=lambda row: row["limit_year"])
    if year <= last["limit_year"]:
        return dict(next(row for row in published if row["limit_year"] == year))
    growth = (1 + exact(indexation)) ** (year - last["limit_year"])
    found: dict[str, Decimal | None] = {}
    for name, multiple in _MULTIPLES.items():
        steps = int(Fraction(last[name]) * growth / multiple + Fraction(1, 10**9))
        found[name] = max(last[name], Decimal(steps * multiple))
    return found


def periods_of(
    first_day: dt.date, last_day: dt.date, pay: Decimal, rate: Decimal, eligible_on: dt.date | None,
    events: Sequence[Mapping[str, Any]],
) -> list[Period]:  # fmt: skip
    """The days employed, cut wherever pay, deferral rate or eligibility changes.

    Args:
        first_day, last_day: of employment in the year.
        pay, rate: in force when it begins.
        eligible_on: when the person may join the plan.
        events: of the year, in order; ``compensation_after`` and ``deferral_rate_after`` are the new values.
    """
    cuts = {first_day, last_day + dt.timedelta(days=1)}
    cuts |= {event["effective_date"] for event in events if _changes_something(event)}
    if eligible_on is not None and first_day < eligible_on <= last_day:
        cuts.add(eligible_on)
    periods = []
    for start, following in pairwise(sorted(cuts)):
        for event in events:
            if event["effective_date"] == start and _changes_something(event):
                pay = event["compensation_after"] if event["compensation_after"] is not None else pay
                rate = event["deferral_rate_after"] if event["deferral_rate_after"] is not None else rate
        is_eligible = eligible_on is not None and eligible_on <= start
        periods.append(Period(start, following - dt.timedelta(days=1), pay, rate, is_eligible))
    return periods


def earned(periods: Sequence[Period], year: int, *, eligible_only: bool = False) -> Decimal:
    """Pay earned: the sum of annual pay x days / days of the year."""
    counted = [period for period in periods if period.is_eligible or not eligible_only]
    return money(sum((Fraction(p.pay) * p.days for p in counted), Fraction(0)) / days_in_year(year))


def elected(periods: Sequence[Period], year: int) -> Decimal:
    """What the elected rates come to: the sum of annual pay x days x rate / days of the year."""
    return money(sum((Fraction(p.pay) * p.days * Fraction(p.rate) for p in periods), Fraction(0)) / days_in_year(year))


def catch_up_limit(age: int, limits: Mapping[str, Decimal | None]) -> Decimal:
    """The catch-up of somebody who reaches this age by December 31."""
    if age < 50:
        return Decimal(0)
    return _amount(limits["catch_up_limit_60_63" if 60 <= age <= 63 else "catch_up_limit"])


def ineligible_reason(rules: ContributionEligibility, who: Circumstances) -> str | None:
    """The first rule that keeps a person from sharing in a contribution; None for those who do."""
    leaves = who.termination_reason is not None
    waived = (rules.waive_hours_for_new_hires and who.is_new_hire) or (rules.waive_hours_for_leavers and leaves)
    if who.eligibility_date is None or who.eligibility_date > who.last_day:
        return "not_plan_eligible"
    if rules.require_employment_on_last_day and leaves and who.termination_reason not in rules.last_day_exceptions:
        return "not_employed_on_last_day"
    if who.hours < Decimal(str(rules.minimum_hours)) and not waived:
        return "too_few_hours"
    return "too_short_service" if who.service < rules.minimum_service_years else None


@dataclass(frozen=True)
class Part:
    """One step of an employer contribution: a rate on an amount."""

    rate: Fraction
    base: Fraction
    words: str

    @property
    def amount(self) -> Fraction:
        """Their product."""
        return self.rate * self.base


def match_parts(match: Match, deferred: Decimal, plan_pay: Decimal, service: int, age: int) -> list[Part]:
    """The match tier by tier: each rate on the part of the deferral between two shares of plan compensation."""
    measures = {"graded_by_service": service, "tenure_bands": service, "points": age + service}
    measure = measures.get(match.family, 0)
    bands = [band for band in match.bands() if band.minimum <= measure]
    parts = []
    for tier in bands[-1].tiers if bands else []:
        low, high = exact(tier.deferral_from) * Fraction(plan_pay), exact(tier.deferral_to) * Fraction(plan_pay)
        base = max(Fraction(0), min(Fraction(deferred), high) - low)
        words = f"deferral between {tier.deferral_from:.2%} and {tier.deferral_to:.2%} of plan compensation"
        parts.append(Part(exact(tier.rate), base, words))
    return parts


def core_parts(core: Core, plan_pay: Decimal, service: int, age: int, wage_base: Decimal) -> list[Part]:
    """The core contribution: the rate, and with permitted disparity the excess rate above the integration level."""
    if core.type == "none":
        return []
    measures = {"graded_by_service": service, "points": age + service, "age_bands": age}
    measure = measures.get(core.type, 0)
    bands = [band.rate for band in core.bands if band.minimum <= measure]
    rate = exact(core.rate if core.type == "flat" else bands[-1] if bands else 0.0)
    parts = [Part(rate, Fraction(plan_pay), "plan compensation")]
    disparity = core.permitted_disparity
    if disparity.enabled:
        level = Fraction(wage_base) * exact(disparity.integration_level)
        above = max(Fraction(0), Fraction(plan_pay) - level)
        parts.append(
            Part(min(exact(disparity.excess_rate), rate), above, f"plan compensation above {float(level):,.2f}")
        )
    return parts


def vested_share(schedule: str, service: int, steps: Sequence[Mapping[str, Any]]) -> Decimal:
    """The vested share after completed years of service."""
    reached = [row for row in steps if row["schedule"] == schedule and row["years_of_service"] <= service]
    return Decimal(max(reached, key=lambda row: row["years_of_service"])["vested_percentage"])


def _changes_something(event: Mapping[str, Any]) -> bool:
    changes = event["compensation_after"] is not None or event["deferral_rate_after"] is not None
    return changes and event["event_type"] != "hire"


def _amount(value: Decimal | None) -> Decimal:
    return Decimal(0) if value is None else value
