"""What a person contributes: elective deferrals, catch-up, Roth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.exact import round_cents
from tests.oracle.limits import Limits

FIRST_ROTH_CATCH_UP_YEAR = 2026
"""IRC 414(v)(7) applies from 2026: SECURE 2.0 section 603 with the transition of Notice 2023-62."""


@dataclass(frozen=True)
class Contributions:
    """A person's own money of one year.

    Attributes:
        total: all elective deferrals, catch-up included.
        catch_up: the part above the limit of IRC 402(g).
        roth: the part made as designated Roth contributions (IRC 402A).
        limited: less than what was elected, because IRC 402(g) and the catch-up limit cut it.
    """

    total: Fraction
    catch_up: Fraction
    roth: Fraction
    limited: bool


def contribute(
    deferral: Fraction,
    *,
    limits: Limits,
    age: int,
    year: int,
    pay: Fraction,
    prior_pay: Fraction | None,
    roth_share: Fraction,
) -> Contributions:
    """Apply the limits to an elected deferral (IRC 402(g)(1), 414(v)(2) and (7)).

    Args:
        deferral: elected deferral of the year, before any limit.
        limits: limits of the year.
        age: age reached by 31 December of the year.
        year: plan year.
        pay: pay earned in the year; nobody defers more (IRC 414(v)(2)(A)(ii)).
        prior_pay: pay of the year before from this employer, if there was any.
        roth_share: share of deferrals that people make as Roth of their own will.
    """
    offered = min(deferral, pay)
    regular = min(offered, limits.elective_deferral)
    catch_up = min(offered - regular, limits.catch_up_for(age))
    threshold = limits.roth_catch_up_wages
    must_be_roth = (
        year >= FIRST_ROTH_CATCH_UP_YEAR and threshold is not None and prior_pay is not None and prior_pay > threshold
    )
    return Contributions(
        total=regular + catch_up,
        catch_up=catch_up,
        roth=round_cents(roth_share * regular) + (catch_up if must_be_roth else round_cents(roth_share * catch_up)),
        limited=regular + catch_up < offered,
    )
