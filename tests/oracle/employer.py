"""What the employer contributes: match, core, and the limit on annual additions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.exact import ZERO, round_cents
from tests.oracle.plan import CoreTerms, MatchTerms, Tier, band_of


@dataclass(frozen=True)
class Standing:
    """Completed years at 31 December or at the exit."""

    age: int
    service: int

    @property
    def points(self) -> int:
        """Age plus service."""
        return self.age + self.service


def tiered_match(tiers: tuple[Tier, ...], deferral: Fraction, compensation: Fraction) -> Fraction:
    """The match on a year's deferral, tier by tier, not rounded (IRC 401(m)(4)(A), 401(k)(12)(B), 401(k)(13)(D))."""
    total = ZERO
    for tier in tiers:
        part = min(deferral, tier.high * compensation) - tier.low * compensation
        total += tier.rate * max(ZERO, part)
    return total


def match(terms: MatchTerms, standing: Standing, deferral: Fraction, compensation: Fraction) -> Fraction:
    """The match of a person who shares in it: the tiers of the person's band, at most the plan's maximum."""
    if terms.family == "none":
        return ZERO
    value = {
        "deferral_tiers": 0,
        "graded_by_service": standing.service,
        "tenure_bands": standing.service,
        "points": standing.points,
    }[terms.family]
    band = terms.bands[band_of(value, [band.minimum for band in terms.bands])]
    ceiling = round_cents(terms.maximum * compensation)
    return min(ceiling, round_cents(tiered_match(band.tiers, deferral, compensation)))


def core_rate(terms: CoreTerms, standing: Standing) -> Fraction:
    """The base contribution percentage of a person."""
    if terms.kind in ("none", "flat"):
        return ZERO if terms.kind == "none" else terms.rate
    value = {"graded_by_service": standing.service, "points": standing.points, "age_bands": standing.age}[terms.kind]
    return terms.bands[band_of(value, [band.minimum for band in terms.bands])].rate


def core(terms: CoreTerms, standing: Standing, compensation: Fraction, wage_base: Fraction) -> Fraction:
    """The core contribution of a person who shares in it.

    Pay above the integration level earns the excess rate on top, never more than the base rate again
    (IRC 401(l)(2)(A), Treas. Reg. 1.401(l)-2(b)).
    """
    rate = core_rate(terms, standing)
    excess_pay = max(ZERO, compensation - terms.integration_level * wage_base)
    return round_cents(rate * compensation + min(terms.excess_rate, rate) * excess_pay)


def largest_excess_rate(integration_level: Fraction) -> Fraction:
    """The maximum excess allowance for an integration level (IRC 401(l)(2)(B), Treas. Reg. 1.401(l)-2(d)(4)).

    Args:
        integration_level: as a share of the Social Security wage base.
    """
    if integration_level == 1 or integration_level <= Fraction(1, 5):
        return Fraction(57, 1000)
    return Fraction(54, 1000) if integration_level > Fraction(4, 5) else Fraction(43, 1000)


@dataclass(frozen=True)
class Additions:
    """Employer money after the limit on annual additions."""

    match: Fraction
    core: Fraction
    limited: bool


def limit_additions(
    deferral_without_catch_up: Fraction, match: Fraction, core: Fraction, *, dollar_limit: Fraction, pay: Fraction
) -> Additions:
    """Hold annual additions to the lesser of the dollar limit and pay (IRC 415(c)(1)).

    Catch-up is no annual addition (IRC 414(v)(3)(A)); an excess reduces core first, then the match.
    """
    excess = max(ZERO, deferral_without_catch_up + match + core - min(dollar_limit, pay))
    from_core = min(core, excess)
    from_match = min(match, excess - from_core)
    return Additions(match=match - from_match, core=core - from_core, limited=excess > 0)
