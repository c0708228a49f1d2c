"""How people answer the plan: changes of one's own deferral, and what a new match moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import NamedTuple

from planalign_orchestrator.config.settings import Settings, settings_of
from tests.oracle.dates import days_in_year
from tests.oracle.exact import ONE, ZERO, exact, round_half_away
from tests.oracle.plan import MatchTerms
from tests.oracle.terms import plan_terms

_INCOMES = ("low", "moderate", "high", "executive")
_AGES = ("young", "mid_career", "mature", "senior")


def _by_income(*values: str) -> dict[str, Fraction]:
    return dict(zip(_INCOMES, map(exact, values), strict=True))


RAISE, LOWER = _by_income(".11", ".15", ".18", ".20"), _by_income(".10", ".09", ".08", ".07")
STOP: Mapping[str, Mapping[str, Fraction]] = {
    income: dict(zip(_AGES, map(exact, values), strict=True))
    for income, values in zip(
        _INCOMES,
        (
            (".045", ".04", ".03", ".025"),
            (".035", ".03", ".02", ".015"),
            (".02", ".015", ".012", ".01"),
            (".015", ".01", ".01", ".01"),
        ),
        strict=True,
    )
}
MOST_POINTS = 5
FOLLOW_UP, FOLLOW_DOWN = _by_income(".20", ".30", ".40", ".50"), _by_income(".30", ".25", ".20", ".20")
MOVE_UP = _by_income(".05", ".08", ".10", ".12")
JOIN, VOLUNTARY = 0.73, 0.28

CHANGES = {"raised": "raised", "lowered": "lowered", "stopped": "stopped", "followed": "match_response"}
"""What a participant does, with the category of the event."""


class Change(NamedTuple):
    """What a participant does on a day: by how many points, or to which rate at least or at most."""

    day: dt.date
    kind: str
    points: Fraction


@dataclass(frozen=True)
class ChangeDraws:
    """Draws made every year."""

    answer: float
    answer_day: float
    change: float
    change_day: float
    points: float


@dataclass(frozen=True)
class Answers:
    """The match in force beside the one that people know.

    Attributes:
        ceiling: the highest deferral rate that earns a match.
        known: that of the match which people know.
        change: by how much a matched dollar is worth more than in the match which people know.
        since_start: the same against what people knew before the first year.
        multiplier: of the chances to change one's deferral.
    """

    ceiling: Fraction = ZERO
    known: Fraction = ZERO
    change: Fraction = ZERO
    since_start: Fraction = ZERO
    multiplier: Fraction = ONE

    def chance(self, rate: Fraction, income: str) -> Fraction:
        """Of a participant at a rate to go where the new match ends."""
        if self.ceiling > self.known:
            return FOLLOW_UP[income] if rate == self.known else MOVE_UP[income] if rate < self.ceiling else ZERO
        return FOLLOW_DOWN[income] if 0 < self.ceiling < self.known and rate == self.known else ZERO

    def chosen(
        self, year: int, rate: Fraction, income: str, age: str, draws: ChangeDraws, maximum: Fraction
    ) -> Change | None:
        """What somebody does who takes part on 1 January at a rate."""
        second = dt.date(year, 1, 2)
        if draws.answer < self.chance(rate, income):
            return Change(
                second + dt.timedelta(days=floor(89 * draws.answer_day)), "followed", min(self.ceiling, maximum)
            )
        day = second + dt.timedelta(days=floor((days_in_year(year) - 1) * draws.change_day))
        points = Fraction(1 + floor(MOST_POINTS * draws.points), 100)
        reached = ZERO
        for kind, chance in (("stopped", STOP[income][age]), ("lowered", LOWER[income]), ("raised", RAISE[income])):
            reached += chance * self.multiplier
            if draws.change < reached:
                return Change(day, kind, points)
        return None

    def after(self, rate: Fraction, change: Change, maximum: Fraction) -> Fraction:
        """The rate after a change; what lowers never raises, and the other way round."""
        if change.kind == "stopped":
            return ZERO
        if change.kind == "lowered":
            return min(rate, max(rate - change.points, Fraction(1, 100)))
        if change.kind == "raised":
            return max(rate, min(rate + change.points, maximum))
        return max(rate, change.points) if self.ceiling > self.known else min(rate, change.points)


def answers(configured: Settings, year: int) -> Answers:
    """The answers of a year of a run."""
    first, settings = configured.simulation.start_year, settings_of(configured, year)
    multiplier = exact(settings.plan.behavior.deferral_change_multiplier)
    match = plan_terms(settings).match
    if not settings.plan.behavior.responds:
        return Answers(match_ceiling(match), match_ceiling(match), multiplier=multiplier)
    started = settings_of(configured, first)
    known, at_first = started.plan.behavior.known_plan, plan_terms(started).match
    ceiling = match_ceiling(at_first) if known.match_ceiling is None else exact(known.match_ceiling)
    first_rate = match_rate(at_first) if known.match_rate is None else exact(known.match_rate)
    before = plan_terms(settings_of(configured, year - 1)).match if year > first else None
    return Answers(
        match_ceiling(match),
        match_ceiling(before) if before else ceiling,
        match_rate(match) - (match_rate(before) if before else first_rate),
        match_rate(match) - first_rate,
        multiplier,
    )


def match_ceiling(match: MatchTerms) -> Fraction:
    """The highest deferral rate that still earns a match."""
    if match.family == "none":
        return ZERO
    return max((tier.high for band in match.bands for tier in band.tiers if tier.rate > 0), default=ZERO)


def match_rate(match: MatchTerms) -> Fraction:
    """What a dollar deferred up to 6% of pay earns in the best band."""
    if match.family == "none":
        return ZERO
    first = Fraction(6, 100)
    paid = [sum(tier.rate * max(ZERO, min(tier.high, first) - tier.low) for tier in band.tiers) for band in match.bands]
    most = max(paid) if match.maximum is None else min(max(paid), match.maximum)
    return round_half_away(Fraction(most) / first, 6)
