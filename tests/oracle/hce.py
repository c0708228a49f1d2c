"""Highly compensated employees (IRC 414(q))."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import is_highly_compensated
from tests.oracle.exact import ZERO, round_half_up

__all__ = ["is_highly_compensated", "top_paid_group"]


def top_paid_group(prior_pay: Mapping[str, Fraction | None]) -> frozenset[str]:
    """The top-paid 20% (IRC 414(q)(3)) of the opening workforce; ties go to the smaller employee id."""
    size = round_half_up(Fraction(len(prior_pay), 5))
    ranked = sorted(prior_pay, key=lambda person: (-(prior_pay[person] or ZERO), person))
    return frozenset(ranked[:size])
