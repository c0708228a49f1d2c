"""A profit-sharing pool and how it is shared (IRC 401(a)(27); Treas. Reg. 1.401(l)-2(b), 1.401(a)(4)-8)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor

from tests.oracle.exact import ZERO, round_cents
from tests.oracle.plan import CoreTerms


def shares(
    terms: CoreTerms, wage_base: Fraction, people: Mapping[str, tuple[Fraction, Fraction]]
) -> dict[str, Fraction]:
    """The shares of those who share, in dollars.

    Args:
        terms: of the contribution, which has a pool.
        wage_base: of Social Security.
        people: the pay that counts, and the rate of the class, by name.
    """
    pay = {name: counted for name, (counted, _) in people.items()}
    pool = terms.pool_amount
    if pool is None:
        pool = round_cents((terms.pool_rate or ZERO) * sum(pay.values(), ZERO))
    level = terms.pay_level(wage_base)
    parts = {
        "head": dict.fromkeys(pay, Fraction(1)),
        "rates": {name: counted * rate for name, (counted, rate) in people.items()},
        "pay": {
            name: counted + (max(ZERO, counted - level) if terms.excess_rate else ZERO) for name, counted in pay.items()
        },
    }[terms.shared_by]
    whole = sum(parts.values(), ZERO)
    if not whole:
        return dict.fromkeys(pay, ZERO)
    first = min(pool, terms.excess_rate * whole) if terms.excess_rate else pool
    rest = pool - first
    exact = {
        name: first * part / whole + (rest * pay[name] / sum(pay.values(), ZERO) if rest else ZERO)
        for name, part in parts.items()
    }
    return _to_the_cent(exact, pool)


def _to_the_cent(exact: Mapping[str, Fraction], pool: Fraction) -> dict[str, Fraction]:
    """Whole cents; what is left goes to the largest rests, a cent each."""
    cents = {name: floor(100 * part) for name, part in exact.items()}
    left = int(100 * pool) - sum(cents.values())
    for name in sorted(exact, key=lambda who: (cents[who] - 100 * exact[who], who))[:left]:
        cents[name] += 1
    return {name: Fraction(whole, 100) for name, whole in cents.items()}
