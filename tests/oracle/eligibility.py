"""Joining the plan, and sharing in its employer contributions."""

from __future__ import annotations

import datetime as dt

from planalign_orchestrator.reports.plan_arithmetic import ServiceOfYear, ineligible_reason
from tests.oracle.dates import birthday, entry_date
from tests.oracle.plan import AllocationRule, EntryRule

__all__ = ["ServiceOfYear", "plan_entry", "shares_in"]


def plan_entry(rule: EntryRule, birth: dt.date, hire: dt.date) -> dt.date:
    """The first entry date on or after both minimum age and waiting period (IRC 410(a)(1)(A), 410(a)(4))."""
    return entry_date(
        rule.entry_dates,
        max(birthday(birth, rule.minimum_age), hire + dt.timedelta(days=rule.waiting_days)),
    )


def shares_in(rule: AllocationRule, service: ServiceOfYear) -> bool:
    """Whether a person gets an employer contribution."""
    return ineligible_reason(rule, service) is None
