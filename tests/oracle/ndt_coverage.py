"""Coverage and the amount of the core contribution, from IRC 410(b), 401(a)(4) and 416 and their regulations.

Rates are percentage points; everything is a fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor

from tests.oracle.exact import ZERO, round_half_away
from tests.oracle.ndt_average import hundredth

ALL = Fraction(100)
SEVENTY = Fraction(70)


def ratio_percentage(nhce: tuple[int, int], hce: tuple[int, int]) -> Fraction | None:
    """The share of NHCEs who benefit over that of HCEs, to the hundredth (1.410(b)-9).

    Args:
        nhce: who benefit, and who are not excludable.
        hce: the same of the HCEs.

    Returns:
        None where there is nothing to compare: nobody on one side, or no HCE benefits; such a plan passes.
    """
    if not nhce[1] or not hce[0]:
        return None
    return hundredth(100 * Fraction(*nhce) / Fraction(*hce))


def harbors(nhce: int, everybody: int) -> tuple[Fraction, Fraction]:
    """Safe and unsafe harbor percentage of the classification test (1.410(b)-4(c)(4))."""
    above = max(0, floor(Fraction(100 * nhce, everybody)) - 60)
    return 50 - above * Fraction(3, 4), max(Fraction(20), 40 - above * Fraction(3, 4))


def average_benefit(nhce: Fraction | None, hce: Fraction | None) -> Fraction | None:
    """The mean benefit of NHCEs over that of HCEs, to the hundredth (1.410(b)-5)."""
    return hundredth(100 * nhce / hce) if nhce is not None and hce else None


def covered(ratio: Fraction | None, needed: Fraction, benefit: Fraction | None) -> bool:
    """Whether a ratio percentage passes: at 70%, or at what is needed, with an average benefit of 70%."""
    return ratio is None or ratio >= SEVENTY or (ratio >= needed and (benefit is None or benefit >= SEVENTY))


@dataclass(frozen=True)
class Allocated:
    """A person who is not excludable, in the general test of 1.401(a)(4)-2(c).

    Attributes:
        hce: highly compensated.
        age: completed years.
        core: dollars.
        pay: that counts in the plan.
        pay_415: of the year, up to the limit of IRC 401(a)(17).
    """

    hce: bool
    age: int
    core: Fraction
    pay: Fraction
    pay_415: Fraction = ZERO


def allocation_rate(person: Allocated) -> Fraction:
    """Core as a share of pay, to the hundredth."""
    return hundredth(100 * person.core / person.pay) if person.pay else ZERO


def imputed_rate(person: Allocated, wage_base: Fraction, safe: Fraction = ZERO) -> Fraction:
    """The rate with Social Security contributions imputed (1.401(a)(4)-7(b)), to the hundredth.

    Args:
        person: with core and pay.
        wage_base: of the year.
        safe: the share of pay that is a safe harbor, to which none are imputed (1.401(k)-3(h)(2)).
    """
    if not person.core or not person.pay:
        return ZERO
    above, added = person.core - safe * person.pay, Fraction("0.057")
    if above <= 0:
        return allocation_rate(person)
    rate = above / person.pay
    if person.pay <= wage_base:
        return hundredth(100 * (safe + min(2 * rate, rate + added)))
    imputed = min(above / (person.pay - wage_base / 2), (above + added * wage_base) / person.pay)
    return hundredth(100 * (safe + imputed))


def benefit_rate(person: Allocated, annuity: Fraction) -> Fraction:
    """The yearly benefit at 65 that a contribution buys, as a share of pay (1.401(a)(4)-8(b)), to the thousandth."""
    if not person.core or not person.pay:
        return ZERO
    grown = person.core * Fraction("1.085") ** max(0, 65 - person.age)
    return round_half_away(100 * grown / (annuity * person.pay), 3)


def gateway_is_met(people: Sequence[Allocated]) -> bool:
    """Whether cross-testing is open: every NHCE who benefits has 5% or a third of the highest HCE rate."""
    highest = max((allocation_rate(person) for person in people if person.hce), default=ZERO)
    return all(
        person.core * 20 >= person.pay_415 or 3 * allocation_rate(person) >= highest
        for person in people
        if not person.hce and person.core
    )


def is_gradual(bands: Sequence[tuple[int, Fraction]], *, by_service: bool) -> bool:
    """Whether a schedule of rates rises smoothly at regular intervals (1.401(a)(4)-8(b)(1)(iv)(A) to (C)).

    Args:
        bands: where each begins, and its rate.
        by_service: the bands are of years of service, and not of age or of points.
    """
    starts, rates = [start for start, _ in bands], [rate for _, rate in bands]
    if len(bands) < 2 or any(not low < high <= min(low + Fraction(1, 20), 2 * low) for low, high in pairwise(rates)):
        return False
    growth = [high / low for low, high in pairwise(rates)]
    between = {end - start for start, end in pairwise(starts[1:])}
    if any(later > earlier for earlier, later in pairwise(growth)) or len(between) > 1:
        return False
    if not between or (not by_service and starts[1] <= 25):
        return True
    return any(starts[1] - start in between for start in range(2 if by_service else 26))


def rate_groups(people: Sequence[tuple[bool, Fraction]]) -> list[Fraction | None]:
    """The ratio percentage of each rate group, by rising rate of its HCE (1.401(a)(4)-2(c)(1)).

    Args:
        people: whether highly compensated, and the rate.
    """
    counts = {hce: sum(1 for kind, _ in people if kind is hce) for hce in (True, False)}
    found = []
    for lowest in sorted({rate for hce, rate in people if hce and rate > 0}):
        within = {hce: sum(1 for kind, rate in people if kind is hce and rate >= lowest) for hce in (True, False)}
        found.append(ratio_percentage((within[False], counts[False]), (within[True], counts[True])))
    return found


def lowest_group(people: Sequence[tuple[bool, Fraction]]) -> Fraction | None:
    """The ratio percentage of the worst rate group; None without anything to compare."""
    return min((ratio for ratio in rate_groups(people) if ratio is not None), default=None)


def top_heavy_share(key: Fraction, everybody: Fraction) -> Fraction | None:
    """What key employees own, in points to the hundredth (IRC 416(g)(1)(A)); top-heavy above 60."""
    return hundredth(100 * key / everybody) if everybody else None
