"""Exact numbers: every share and every dollar amount is a fraction."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

from planalign_orchestrator.reports.plan_arithmetic import ZERO, exact, round_cents, round_half_away

__all__ = ["ONE", "ZERO", "Number", "exact", "round_cents", "round_half_away", "round_half_up"]

Number = int | float | str | Decimal | Fraction

ONE = Fraction(1)


def round_half_up(value: Fraction) -> int:
    """Round a count to a whole number; a half goes up."""
    return floor(value + Fraction(1, 2))
