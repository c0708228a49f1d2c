"""The ADP and ACP tests and their corrections, from IRC 401(k)(3), (8), 401(m) and Treas. Reg. 1.401(k)-2, 1.401(m)-2.

Ratios and averages are percentage points, money is dollars, everything is a fraction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tests.oracle.exact import ZERO, round_cents, round_half_away

CENT = Fraction(1, 100)


@dataclass(frozen=True)
class Participant:
    """A person in a test.

    Attributes:
        name: breaks ties.
        amount: deferrals, or the match.
        pay: compensation of the test; nobody without pay is tested.
    """

    name: str
    amount: Fraction
    pay: Fraction

    @property
    def ratio(self) -> Fraction:
        """Points, to the hundredth (1.401(k)-2(a)(3))."""
        return hundredth(100 * self.amount / self.pay)


def hundredth(points: Fraction) -> Fraction:
    """Points to the nearest hundredth; a half goes up."""
    return round_half_away(points, 2)


def average(ratios: Sequence[Fraction]) -> Fraction | None:
    """The mean to the hundredth; None for a group of nobody."""
    return hundredth(sum(ratios, ZERO) / len(ratios)) if ratios else None


def highest_allowed(nhce: Fraction) -> Fraction:
    """What the HCEs may average: 1.25 times, or two points more but at most twice (401(k)(3)(A)(ii))."""
    return max(nhce * 5 / 4, min(2 * nhce, nhce + 2))


def passes(nhce: Fraction | None, hce: Fraction | None) -> bool:
    """Whether a test passes; without people on one side it does (1.401(k)-2(a)(1)(ii))."""
    return nhce is None or hce is None or hce <= highest_allowed(nhce)


def leveled(ratios: Sequence[Fraction], limit: Fraction) -> Fraction | None:
    """The ratio to which the highest are cut, so that the mean is the limit (401(k)(8)(B)); None if none are.

    As the regulation says it: the highest are lowered to the next, and so on, until the mean is reached.
    """
    allowed = limit * len(ratios)
    if sum(ratios, ZERO) <= allowed:
        return None
    for step in sorted(set(ratios), reverse=True)[1:]:
        if sum((min(ratio, step) for ratio in ratios), ZERO) <= allowed:
            break
    else:
        step = ZERO
    below = [ratio for ratio in ratios if ratio <= step]
    return (allowed - sum(below, ZERO)) / (len(ratios) - len(below))


def excess_of(people: Sequence[Participant], limit: Fraction) -> dict[str, Fraction]:
    """Each person's excess in cents that add up to the whole, from leveling by ratio."""
    cut = leveled([person.ratio for person in people], limit)
    if cut is None:
        return {person.name: ZERO for person in people}
    exact = {
        person.name: max(ZERO, person.amount - cut * person.pay / 100) if person.ratio > cut else ZERO
        for person in people
    }
    return in_cents(exact, round_cents(sum(exact.values(), ZERO)))


def distribute(amounts: Mapping[str, Fraction], excess: Fraction) -> dict[str, Fraction]:
    """Who gives the excess back: the highest amounts are lowered to the next until it is spent (401(k)(8)(C))."""
    left, level = excess, max(amounts.values(), default=ZERO)
    for step in [*sorted({*amounts.values(), ZERO}, reverse=True)]:
        higher = [amount for amount in amounts.values() if amount >= level]
        if left <= (level - step) * len(higher):
            level -= left / len(higher) if higher else ZERO
            break
        left -= (level - step) * len(higher)
        level = step
    return in_cents({name: max(ZERO, amount - level) for name, amount in amounts.items()}, excess)


def in_cents(parts: Mapping[str, Fraction], total: Fraction) -> dict[str, Fraction]:
    """Parts in whole cents that add up to the total: the largest remainders round up, then larger parts, then names."""
    found = {name: floor(part / CENT) * CENT for name, part in parts.items()}
    missing = int((total - sum(found.values(), ZERO)) / CENT)
    order = sorted(parts, key=lambda name: (found[name] - parts[name], -parts[name], name))
    for name in order[:missing]:
        found[name] += CENT
    return found


def recharacterized(excess: Fraction, catch_up_limit: Fraction, used: Fraction) -> Fraction:
    """What of an excess stays as catch-up (1.414(v)-1(d)(2)(iii)); the limit is 0 below 50."""
    return min(excess, max(ZERO, catch_up_limit - used))


def related_match(match: Fraction, match_on_the_rest: Fraction) -> Fraction:
    """The match on deferrals that are refunded, which is forfeited (1.401(a)(4)-11(g)(3)(vii))."""
    return max(ZERO, match - match_on_the_rest)


def vested_and_forfeited(excess: Fraction, vested: Fraction) -> tuple[Fraction, Fraction]:
    """An excess of the match: what is paid out, and what is forfeited (401(m)(6)(A))."""
    paid = round_cents(excess * vested)
    return paid, excess - paid


def counted_match(match: Fraction, deferral: Fraction, pay: Fraction, representative: Fraction) -> Fraction:
    """An NHCE's match less what is disproportionate (1.401(m)-2(a)(5)(ii)).

    Args:
        match, deferral, pay: of the year.
        representative: matching rate, the match as a share of the deferral.
    """
    return min(match, round_cents(max(pay / 20, deferral, 2 * representative * deferral)))


def representative_rate(rates: Sequence[tuple[Fraction, bool]]) -> Fraction:
    """The lowest rate in the better half, or of those employed on the last day if it is higher.

    Args:
        rates: of each person, and whether employed on the last day.
    """
    half = sorted((rate for rate, _ in rates), reverse=True)[: (len(rates) + 1) // 2]
    last_day = [rate for rate, employed in rates if employed]
    return max(min(half, default=ZERO), min(last_day, default=ZERO))


def flat_qnec(nhce: Fraction, hce: Fraction) -> Fraction:
    """Points of pay for every NHCE with which the test passes, up to the next hundredth (1.401(k)-2(a)(6))."""
    needed = min(hce * 4 / 5, max(hce / 2, hce - 2)) - nhce
    return max(ZERO, Fraction(ceil(needed * 100), 100))


def flat_cost(points: Fraction, people: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """What it costs, for the pay of each NHCE and the room below the limit of IRC 415(c)."""
    return sum((min(round_cents(points * pay / 100), room) for pay, room in people), ZERO)


def targeted_cost(points: Fraction, people: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """The same points on average, the lowest paid first, each at most 5% of pay (1.401(k)-2(a)(6)(iv)).

    Where more than 5 points are needed everybody gets them, which makes them the representative rate.
    """
    left, most, cost = points * len(people), max(Fraction(5), points), ZERO
    for pay, room in sorted(people):
        given = min(left, most, Fraction(floor(room / pay * 10_000), 100))
        cost += round_cents(given * pay / 100)
        left -= given
    return cost
