"""What a person contributes: elective deferrals, catch-up, Roth."""

from __future__ import annotations

from fractions import Fraction

from planalign_orchestrator.reports import plan_arithmetic
from planalign_orchestrator.reports.plan_arithmetic import Contributions
from tests.oracle.limits import Limits

__all__ = ["Contributions", "contribute"]


def contribute(
    deferral: Fraction,
    *,
    limits: Limits,
    age: int,
    year: int,
    pay: Fraction,
    prior_pay: Fraction | None,
    roth_share: Fraction,
    roth_available: bool = True,
    plan_limit: Fraction | None = None,
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
        roth_available: the plan takes Roth deferrals.
        plan_limit: what the plan's highest rate comes to (Treas. Reg. 1.414(v)-1(b)(1)(ii)).
    """
    return plan_arithmetic.contribute(
        deferral,
        pay=pay,
        limit=min(limits.elective_deferral, limits.elective_deferral if plan_limit is None else plan_limit),
        most_catch_up=limits.catch_up_for(age),
        roth_share=roth_share,
        roth_available=roth_available,
        all_roth=plan_arithmetic.catch_up_must_be_roth(year, prior_pay, limits.roth_catch_up_wages),
    )
