"""Pay and deferral rates within a year are piecewise constant: periods that tile the days employed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import for_days
from tests.oracle.dates import inclusive_days


@dataclass(frozen=True)
class Change:
    """From this day on, this value is in force."""

    day: dt.date
    value: Fraction


@dataclass(frozen=True)
class Period:
    """A value in force from ``first`` to ``last``, both days counted."""

    first: dt.date
    last: dt.date
    value: Fraction

    @property
    def days(self) -> int:
        """Days in the period."""
        return inclusive_days(self.first, self.last)


def tile(opening: Fraction, changes: Sequence[Change], first: dt.date, last: dt.date) -> list[Period]:
    """Periods between two days.

    Args:
        opening: the value in force before the first change.
        changes: in the order in which they happened; of several on one day the last one counts.
        first: first day covered.
        last: last day covered.
    """
    periods: list[Period] = []
    start, value = first, opening
    for change in sorted(changes, key=lambda change: change.day):
        if change.day > last:
            break
        if change.day > start:
            periods.append(Period(start, change.day - dt.timedelta(days=1), value))
            start = change.day
        value = change.value
    if start <= last:
        periods.append(Period(start, last, value))
    return periods


def clip(periods: Iterable[Period], first: dt.date) -> list[Period]:
    """The part of the periods on or after a day."""
    return [Period(max(period.first, first), period.last, period.value) for period in periods if period.last >= first]


def earned(periods: Iterable[Period], year: int) -> Fraction:
    """Pay for the days of the periods: the annual rate for each day, divided by the days of the year."""
    return for_days(((period.value, period.days) for period in periods), year)


def deferred(pay: Iterable[Period], rates: Sequence[Period], year: int) -> Fraction:
    """Pay times the deferral rate in force, day by day, before any limit."""
    amounts = [
        (period.value * rate.value, inclusive_days(max(period.first, rate.first), min(period.last, rate.last)))
        for period in pay
        for rate in rates
    ]
    return for_days(amounts, year)
