"""What a leaver keeps (IRC 411(a))."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from math import floor

from tests.oracle.dates import completed_years
from tests.oracle.exact import ONE, ZERO, exact, round_cents

Schedule = Mapping[int, Fraction]
"""Vested share by the completed years from which on it holds."""


def _schedule(**from_year: str) -> Schedule:
    return {0: ZERO} | {int(name.removeprefix("y")): exact(share) for name, share in from_year.items()}


SCHEDULES: dict[str, Schedule] = {
    "immediate": {0: ONE},
    "cliff_2": _schedule(y2="1"),
    "cliff_3": _schedule(y3="1"),
    "graded_2_6": _schedule(y2="0.2", y3="0.4", y4="0.6", y5="0.8", y6="1"),
    "qaca_2": _schedule(y2="1"),
    "graded_3": _schedule(y1="0.3333", y2="0.6667", y3="1"),
    "graded_4": _schedule(y1="0.25", y2="0.5", y3="0.75", y4="1"),
    "graded_5": _schedule(y1="0.2", y2="0.4", y3="0.6", y4="0.8", y5="1"),
}
"""IRC 411(a)(2)(B) allows nothing slower than ``cliff_3`` and ``graded_2_6``, 401(k)(13)(D)(iii) than ``qaca_2``."""


def vesting_service(hire: dt.date, on: dt.date, credited: Fraction | None, credited_on: dt.date) -> int:
    """Completed years of vesting service on a day (IRC 411(a)(5)).

    Args:
        hire: date of hire.
        on: the exit, or 31 December.
        credited: service known from the census, or None to count from the hire.
        credited_on: the day as of which the census knows it.
    """
    if credited is None:
        return completed_years(hire, on)
    return floor(credited + completed_years(credited_on, on))


def vested_share(schedule: Schedule, service: int) -> Fraction:
    """The nonforfeitable share after a number of completed years."""
    return schedule[max(years for years in schedule if years <= service)]


def forfeited(balance: Fraction, vested: Fraction) -> Fraction:
    """What somebody who leaves gives back of one account."""
    return round_cents((1 - vested) * balance)
