"""Exact numbers: every share and every dollar amount is a fraction."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

Number = int | float | str | Decimal | Fraction

ZERO = Fraction(0)
ONE = Fraction(1)


def exact(value: Number) -> Fraction:
    """The number that was written, not its binary approximation: ``exact(0.1)`` is one tenth."""
    if isinstance(value, float):
        return Fraction(Decimal(repr(value)))
    return Fraction(value)


def round_half_away(value: Fraction, places: int) -> Fraction:
    """Round to decimal places; a half goes away from zero."""
    scale = 10**places
    magnitude = Fraction(floor(abs(value) * scale + Fraction(1, 2)), scale)
    return magnitude if value >= 0 else -magnitude


def round_cents(amount: Fraction) -> Fraction:
    """Round dollars to cents; half a cent goes away from zero."""
    return round_half_away(amount, 2)


def round_half_up(value: Fraction) -> int:
    """Round a count to a whole number; a half goes up."""
    return floor(value + Fraction(1, 2))
