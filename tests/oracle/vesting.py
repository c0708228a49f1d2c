"""What a leaver keeps (IRC 411(a))."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import forfeited, vested_share, vesting_service
from tests.oracle.exact import ONE, ZERO, exact

__all__ = ["SCHEDULES", "Schedule", "forfeited", "is_partial_termination", "vested_share", "vesting_service"]

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


def is_partial_termination(participants: int, exits_by_employer: int) -> bool:
    """Whether a fifth of those who were or became participants lost their jobs (IRC 411(d)(3), Rev. Rul. 2007-43)."""
    return participants > 0 and exits_by_employer * 5 >= participants
