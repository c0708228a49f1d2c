"""Completed years, birthdays and plan entry dates on the calendar, without days divided by 365.25."""

from __future__ import annotations

import datetime as dt
from calendar import isleap, monthrange

from planalign_orchestrator.reports.plan_arithmetic import completed_years, days_in_year

__all__ = [
    "birthday", "completed_months", "completed_years", "days_in_year", "entry_date", "first_day", "inclusive_days",
    "last_day", "months_later",
]  # fmt: skip

ENTRY_MONTHS: dict[str, tuple[int, ...]] = {
    "monthly": tuple(range(1, 13)),
    "quarterly": (1, 4, 7, 10),
    "semiannual": (1, 7),
    "annual": (1,),
}


def first_day(year: int) -> dt.date:
    """1 January."""
    return dt.date(year, 1, 1)


def last_day(year: int) -> dt.date:
    """31 December."""
    return dt.date(year, 12, 31)


def completed_months(since: dt.date, on: dt.date) -> int:
    """Whole months by day of the month."""
    return (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)


def inclusive_days(first: dt.date, last: dt.date) -> int:
    """Days from ``first`` to ``last``, both counted; 0 when they are out of order."""
    return max(0, (last - first).days + 1)


def birthday(birth: dt.date, age: int) -> dt.date:
    """The day on which ``age`` is reached."""
    year = birth.year + age
    if (birth.month, birth.day) == (2, 29) and not isleap(year):
        return dt.date(year, 3, 1)
    return birth.replace(year=year)


def months_later(date: dt.date, months: int) -> dt.date:
    """The same day so many months later; the first of the next month where it has no such day."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if date.day <= monthrange(year, month + 1)[1]:
        return dt.date(year, month + 1, date.day)
    year, month = divmod(year * 12 + month + 1, 12)
    return dt.date(year, month + 1, 1)


def entry_date(kind: str, earliest: dt.date) -> dt.date:
    """The first entry date of a plan on or after a day (IRC 410(a)(4)).

    Args:
        kind: ``immediate`` or a key of ``ENTRY_MONTHS``.
        earliest: the day on which age and service are met.
    """
    if kind == "immediate":
        return earliest
    years = (earliest.year, earliest.year + 1)
    candidates = (dt.date(year, month, 1) for year in years for month in ENTRY_MONTHS[kind])
    return next(day for day in candidates if day >= earliest)
