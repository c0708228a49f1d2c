"""The oracle's answers to a new match, and changes of one's own deferral, in the examples of the methodology."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from tests.engine import settings_with
from tests.oracle.behavior import Answers, Change, ChangeDraws, answers
from tests.oracle.enrollment import EnrollmentRules, Profile, joining_probability

STRETCHED = answers(
    settings_with(
        plan__match__formula="stretch",
        plan__behavior__known_plan={"match_ceiling": 0.06, "match_rate": 0.5},
        amendments=[{"from": 2026, "plan": {"match": {"formula": "safe_harbor_enhanced"}}}],
    ),
    2025,
)
SIX, TWELVE = Fraction(6, 100), Fraction(12, 100)
NO, YES, MIDDLE = 0.999, 0.0, 0.5


def chosen(answered: Answers, rate: Fraction, *draws: float) -> Change | None:
    return answered.chosen(2025, rate, "moderate", "mid_career", ChangeDraws(*draws), Fraction(75, 100))


def test_a_stretched_match_is_worth_less_on_the_first_six_percent() -> None:
    assert (STRETCHED.ceiling, STRETCHED.known, STRETCHED.change) == (TWELVE, SIX, Fraction(-1, 4))


@pytest.mark.parametrize(("rate", "chance"), [("0.06", "0.3"), ("0.05", "0.08"), ("0.08", "0.08"), ("0.12", "0")])
def test_who_follows_a_raised_ceiling(rate: str, chance: str) -> None:
    assert STRETCHED.chance(Fraction(rate), "moderate") == Fraction(chance)


def test_a_follower_goes_to_the_new_ceiling_within_89_days_and_changes_nothing_else() -> None:
    assert chosen(STRETCHED, SIX, 0.29, NO, YES, NO, NO) == Change(dt.date(2025, 3, 31), "followed", TWELVE)
    assert chosen(STRETCHED, SIX, 0.31, NO, NO, NO, NO) is None


@pytest.mark.parametrize(
    ("draw", "kind", "after"),
    [(0.02, "stopped", "0"), (0.11, "lowered", "0.03"), (0.26, "raised", "0.09"), (0.27, None, None)],
)
def test_changes_of_ones_own_by_three_points(draw: float, kind: str | None, after: str | None) -> None:
    change = chosen(Answers(), SIX, NO, NO, draw, YES, MIDDLE)
    assert (change and change.kind) == kind
    if change:
        assert change.day == dt.date(2025, 1, 2)
        assert Answers().after(SIX, change, Fraction(75, 100)) == Fraction(after or 0)


def test_lowering_leaves_a_point_and_raising_ends_at_the_maximum() -> None:
    day = dt.date(2025, 5, 1)
    assert Answers().after(Fraction("0.02"), Change(day, "lowered", Fraction("0.05")), SIX) == Fraction("0.01")
    assert Answers().after(Fraction("0.005"), Change(day, "lowered", Fraction("0.05")), SIX) == Fraction("0.005")
    assert Answers().after(Fraction("0.04"), Change(day, "raised", Fraction("0.05")), SIX) == SIX


def test_a_safe_harbor_lets_16_percent_join_instead_of_5() -> None:
    rules = EnrollmentRules(first_year=2025, answers=Answers(change=Fraction(1, 6)))
    profile = Profile(age=40, pay=Fraction(80_000), level=3, tenure=3)
    assert float(joining_probability(rules, profile)) == pytest.approx(0.1588, abs=1e-4)
