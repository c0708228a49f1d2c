"""Highly compensated employees (IRC 414(q))."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tests.oracle.exact import ZERO, round_half_up


def is_highly_compensated(
    *,
    owner: bool,
    hired_in_year: bool,
    prior_pay: Fraction | None,
    threshold: Fraction,
    in_top_paid_group: bool = True,
) -> bool:
    """Whether a person is an HCE of a year (IRC 414(q)(1)).

    Args:
        owner: owns more than 5% (IRC 414(q)(2)).
        hired_in_year: hired in the determination year, so without pay in the look-back year.
        prior_pay: pay of the look-back year, the year before.
        threshold: the dollar amount of the look-back year; pay must be above it.
        in_top_paid_group: True also when the plan has not made the top-paid group election.
    """
    if owner:
        return True
    return not hired_in_year and prior_pay is not None and prior_pay > threshold and in_top_paid_group


def top_paid_group(prior_pay: Mapping[str, Fraction | None]) -> frozenset[str]:
    """The top-paid 20% (IRC 414(q)(3)) of the opening workforce; ties go to the smaller employee id."""
    size = round_half_up(Fraction(len(prior_pay), 5))
    ranked = sorted(prior_pay, key=lambda person: (-(prior_pay[person] or ZERO), person))
    return frozenset(ranked[:size])
