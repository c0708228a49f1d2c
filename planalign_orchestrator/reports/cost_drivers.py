"""Why the employer's net cost of one year differs from that of another, driver by driver, to the last cent.

Net cost is headcount x pay x (share of the pay that savers earn x elected deferral rate x match rate x what limits
leave + core rate x what they leave) - forfeitures. One factor after another is moved from the earlier year to the later
one, in that order; each step is the effect of its driver, and together they are the whole difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.wording import round_to_total
from planalign_orchestrator.tables import rendered

Levels: TypeAlias = Mapping[str, Fraction | None]

_HEADS, _PAY, _SAVERS, _DEFERRAL = "Headcount", "Pay", "Participation", "Deferral rate"
_MATCH, _CORE, _LIMITS, _FORFEITURES = "Plan rules: match", "Plan rules: core", "Limits", "Forfeitures"
_MATCH_LEFT, _CORE_LEFT = "match that limits leave", "core that limits leave"
_STEPS = {name: (name,) for name in (_HEADS, _PAY, _SAVERS, _DEFERRAL, _MATCH, _CORE)} | {
    _LIMITS: (_MATCH_LEFT, _CORE_LEFT), _FORFEITURES: (_FORFEITURES,)
}  # fmt: skip
"""Each driver, in order, with the levels that it moves."""


@dataclass(frozen=True)
class Driver:
    """What moves the cost.

    Args:
        name: of the driver.
        before: its level in the earlier year; None where there is nothing to measure it on.
        after: its level in the later year.
        effect: what its move changes, in cents; the effects add up to the change of the net cost.
    """

    name: str
    before: Fraction | None
    after: Fraction | None
    effect: int


def cost_drivers(results: RunResults, first: int, last: int) -> list[Driver]:
    """What moves the net cost from one year to another, in the order in which it is moved."""
    used = {row["simulation_year"]: row["forfeitures_used"] for row in results.summary}
    before, after = (
        _levels(results.query(rendered(__package__, "cost_drivers.sql"), [year])[0], used[year])
        for year in (first, last)
    )
    moved, end = _filled(before, after), _filled(after, before)
    costs = [_cost(moved)]
    for names in _STEPS.values():
        moved |= {name: end[name] for name in names}
        costs.append(_cost(moved))
    exact = [(here - there) * 100 for there, here in pairwise(costs)]
    cents = round_to_total(exact, int(sum(exact)))
    return [Driver(name, before[name], after[name], effect) for name, effect in zip(_STEPS, cents, strict=True)]


def _levels(row: Mapping[str, Any], forfeitures_used: Any) -> Levels:
    found = {name: Fraction(value or 0) for name, value in row.items()}
    match = found["full_match"]
    core = found["core_within_limit"] + found["core_times_pay"] / (found["pay_limit"] or 1)
    return {
        _HEADS: found["people"],
        _PAY: _over(found["pay"], found["people"]),
        _SAVERS: _over(found["savers_pay"], found["pay"]),
        _DEFERRAL: _over(found["deferrals"], found["savers_pay"]),
        _MATCH: _over(match, found["deferrals"]),
        _CORE: _over(core, found["pay"]),
        _MATCH_LEFT: _over(found["match"], match),
        _CORE_LEFT: _over(found["core"], core),
        _LIMITS: _over(found["match"] + found["core"], match + core),
        _FORFEITURES: Fraction(forfeitures_used),
    }


def _cost(level: Mapping[str, Fraction]) -> Fraction:
    match = prod((level[name] for name in (_SAVERS, _DEFERRAL, _MATCH, _MATCH_LEFT)), start=Fraction(1))
    core = level[_CORE] * level[_CORE_LEFT]
    return level[_HEADS] * level[_PAY] * (match + core) - level[_FORFEITURES]


def _filled(levels: Levels, other: Levels) -> dict[str, Fraction]:
    """A level that a year has nothing to measure on does not move: it is the other year's."""
    return {name: level if level is not None else other[name] or Fraction() for name, level in levels.items()}


def _over(part: Fraction, whole: Fraction) -> Fraction | None:
    return part / whole if whole else None
