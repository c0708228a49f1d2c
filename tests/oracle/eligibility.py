"""Joining the plan, and sharing in its employer contributions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from planalign_orchestrator.reports.plan_arithmetic import ServiceOfYear, ineligible_reason
from tests.oracle.dates import birthday, entry_date, months_later
from tests.oracle.plan import AllocationRule, EntryRule

__all__ = ["ServiceOfYear", "entry_into", "plan_entry", "shares_in"]


FULL_TIME = Fraction(40)
NO_GROUPS: Mapping[str, str] = MappingProxyType({})


def plan_entry(
    rule: EntryRule,
    birth: dt.date,
    hire: dt.date,
    weekly_hours: Fraction = FULL_TIME,
    groups: Mapping[str, str] = NO_GROUPS,
) -> dt.date | None:
    """The first entry date on or after both minimum age and service (IRC 410(a)(1)(A), 410(a)(3), 410(a)(4)).

    Service is complete at the end of the day before its anniversary, so the anniversary is the first day on which a
    person can enter. Hours are the same in all twelve-month periods: people who do not reach them never have a year of
    service, and may only defer after two years of 500 hours. A plan may leave out any class of people that has
    nothing to do with age or service (Treas. Reg. 1.410(a)-3(d)).
    """
    if not rule.left_out.isdisjoint(groups.items()):
        return None
    waited = max(birthday(birth, rule.minimum_age), hire + dt.timedelta(days=rule.waiting_days))
    years, months, days = rule.service
    if weekly_hours * 52 >= rule.hours:
        served = months_later(hire, 12 * years + months) + dt.timedelta(days=days)
    elif rule.long_term_part_time and weekly_hours * 52 >= 500:
        served = months_later(hire, 24)
    else:
        return None
    return entry_date(rule.entry_dates, max(waited, served))


def entry_into(
    rule: EntryRule,
    plan: dt.date | None,
    birth: dt.date,
    hire: dt.date,
    weekly_hours: Fraction,
    groups: Mapping[str, str],
) -> dt.date | None:
    """Entry into a match or core contribution, which is never before that into the plan."""
    own = plan_entry(rule, birth, hire, weekly_hours, groups)
    return None if plan is None or own is None else max(plan, own)


def shares_in(rule: AllocationRule, service: ServiceOfYear) -> bool:
    """Whether a person gets an employer contribution."""
    return ineligible_reason(rule, service) is None
