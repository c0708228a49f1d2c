"""Highly compensated employees (IRC 414(q))."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import is_highly_compensated
from tests.oracle.dates import birthday, completed_months, days_in_year, first_day, inclusive_days, last_day
from tests.oracle.exact import ZERO, round_cents, round_half_up

__all__ = ["Worker", "estimated_pay", "is_highly_compensated", "top_paid_group"]


@dataclass(frozen=True)
class Worker:
    """Somebody who worked at some time of a look-back year.

    Attributes:
        pay: of that year.
        last_day: 31 December, or the exit.
        union: covered by a collective bargaining agreement.
    """

    employee_id: str
    pay: Fraction
    birth_date: dt.date = dt.date(1980, 1, 1)
    hire_date: dt.date = dt.date(2010, 1, 1)
    last_day: dt.date = dt.date(2024, 12, 31)
    weekly_hours: Fraction = Fraction(40)
    union: bool = False

    @property
    def counts(self) -> bool:
        """Whether the person counts towards the size of the group (IRC 414(q)(5))."""
        return (
            not self.union
            and self.weekly_hours >= Fraction("17.5")
            and completed_months(self.hire_date, self.last_day + dt.timedelta(days=1)) >= 6
            and birthday(self.birth_date, 21) <= last_day(self.last_day.year)
        )


def top_paid_group(workers: Collection[Worker]) -> frozenset[str]:
    """The top-paid 20% (IRC 414(q)(3)); ties go to the smaller employee id."""
    size = round_half_up(Fraction(sum(worker.counts for worker in workers), 5))
    ranked = sorted(workers, key=lambda worker: (-worker.pay, worker.employee_id))
    return frozenset(worker.employee_id for worker in ranked[:size])


def estimated_pay(rate: Fraction, hired: dt.date, left: dt.date | None, year: int) -> Fraction:
    """Pay of a year that nobody stated: the rate of pay for the days employed."""
    days = inclusive_days(max(hired, first_day(year)), min(left or last_day(year), last_day(year)))
    return round_cents(rate * days / days_in_year(year)) if days else ZERO
