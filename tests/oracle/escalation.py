"""Yearly automatic increase of deferral rates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.dates import completed_years


@dataclass(frozen=True)
class EscalationRule:
    """When and how far rates rise."""

    enabled: bool = True
    month: int = 1
    day: int = 1
    increment: Fraction = Fraction("0.01")
    cap: Fraction = Fraction("0.10")
    delay_years: int = 1
    automatic_only: bool = False

    def date_in(self, year: int) -> dt.date:
        """The effective date of a year."""
        return dt.date(year, self.month, self.day)


def escalated(
    rule: EscalationRule,
    rate: Fraction,
    enrolled_on: dt.date | None,
    on: dt.date,
    *,
    opted_out: bool = False,
    automatic: bool = True,
) -> Fraction:
    """The deferral rate after the effective date; nobody is reduced.

    Args:
        rule: the plan's rule.
        rate: rate in force the day before.
        enrolled_on: start of the present enrolment, or None for somebody not enrolled.
        on: the effective date.
        opted_out: has opted out of escalation.
        automatic: is in the plan by automatic enrollment.
    """
    due = (
        rule.enabled
        and not opted_out
        and (automatic or not rule.automatic_only)
        and enrolled_on is not None
        and completed_years(enrolled_on, on) >= rule.delay_years
        and 0 < rate < rule.cap
    )
    return min(rate + rule.increment, rule.cap) if due else rate
