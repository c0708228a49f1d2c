"""Joining the plan, and sharing in its employer contributions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.dates import birthday, entry_date
from tests.oracle.plan import AllocationRule, EntryRule


def plan_entry(rule: EntryRule, birth: dt.date, hire: dt.date) -> dt.date:
    """The first entry date on or after both minimum age and waiting period (IRC 410(a)(1)(A), 410(a)(4))."""
    return entry_date(
        rule.entry_dates,
        max(birthday(birth, rule.minimum_age), hire + dt.timedelta(days=rule.waiting_days)),
    )


@dataclass(frozen=True)
class ServiceOfYear:
    """What the allocation conditions look at.

    Attributes:
        eligible: has joined the plan by the end of the year, or by the exit.
        hired_in_year: hired in this plan year.
        exit_reason: why the person left in this year, or None for somebody active after 31 December.
        hours: hours of service in the year.
        years: completed years of service at 31 December or at the exit.
    """

    eligible: bool
    hired_in_year: bool
    exit_reason: str | None
    hours: Fraction
    years: int


def shares_in(rule: AllocationRule, service: ServiceOfYear) -> bool:
    """Whether a person gets an employer contribution (Treas. Reg. 1.401(a)(4)-2, 1.410(b)-3: allocation conditions).

    Somebody who leaves on 31 December is not employed on the last day in the sense of the rule.
    """
    left = service.exit_reason is not None
    last_day_met = not rule.last_day or not left or service.exit_reason in rule.last_day_exceptions
    hours_waived = (rule.waive_hours_for_new_hires and service.hired_in_year) or (rule.waive_hours_for_leavers and left)
    hours_met = hours_waived or service.hours >= rule.minimum_hours
    return service.eligible and last_day_met and hours_met and service.years >= rule.minimum_service
