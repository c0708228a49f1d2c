"""What the employer contributes: match, core, and the limit on annual additions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.reports.plan_arithmetic import (
    Additions,
    Standing,
    core_parts,
    limit_additions,
    match_parts,
    payroll_match,
    total_of,
)
from tests.oracle.exact import ZERO, round_cents
from tests.oracle.plan import CoreTerms, MatchTerms, band_of

__all__ = [
    "Additions", "Payrolls", "Standing", "Stretch", "class_rate", "core", "core_rate", "largest_excess_rate",
    "limit_additions", "match",
]  # fmt: skip


class Stretch(NamedTuple):
    """Days of constant pay and deferral rate that count for the match."""

    annual_pay: Fraction
    rate: Fraction
    days: int


@dataclass(frozen=True)
class Payrolls:
    """What a match by payroll depends on beyond the year's deferral.

    Attributes:
        stretches: days of constant pay and rate from entry on, in order.
        days: of the year.
        is_cut: limits, or a match without catch-up, leave less than what was elected.
        most_pay: the limit of IRC 401(a)(17).
    """

    stretches: Sequence[Stretch]
    days: int
    is_cut: bool
    most_pay: Fraction


def match(
    terms: MatchTerms, standing: Standing, deferral: Fraction, compensation: Fraction, payrolls: Payrolls | None = None
) -> Fraction:
    """The match of a person who shares in it: the tiers of the person's band, at most the plan's maximum.

    Of a deferral that comes to less than half a cent there is none, by payroll or by the year.
    """
    if terms.family == "none" or not deferral:
        return ZERO
    band = terms.bands[band_of(standing.measure(terms.family), [band.minimum for band in terms.bands])]
    matched = total_of(match_parts(band.tiers, deferral, compensation))
    if terms.payrolls is not None and payrolls is not None:
        by_payroll = payroll_match(
            band.tiers,
            payrolls.stretches,
            days=payrolls.days,
            payrolls=terms.payrolls,
            most_deferred=deferral if payrolls.is_cut else None,
            most_pay=payrolls.most_pay,
        )
        matched = max(by_payroll, matched if terms.true_up else ZERO)
    share = matched if terms.maximum is None else round_cents(terms.maximum * compensation)
    return min(matched, share, matched if terms.maximum_amount is None else terms.maximum_amount)


def class_rate(terms: CoreTerms, age: int, is_hce: bool, groups: Mapping[str, str]) -> Fraction:
    """The rate of a person's class; nothing for people of none."""
    if terms.kind != "profit_sharing" or terms.shared_by != "rates":
        return ZERO
    if terms.classes_by == "age":
        return max((int(who), rate) for who, rate in terms.classes if int(who) <= age)[1]
    own = {"hce": "hce" if is_hce else "nhce"}.get(terms.classes_by) or groups.get(group_name(terms.classes_by))
    return dict(terms.classes).get(str(own), ZERO)


def core_rate(terms: CoreTerms, standing: Standing) -> Fraction:
    """The base contribution percentage of a person where it does not go by class."""
    if terms.kind in ("none", "flat", "profit_sharing"):
        return terms.rate if terms.kind == "flat" else ZERO
    return terms.bands[band_of(standing.measure(terms.kind), [band.minimum for band in terms.bands])].rate


def core(
    terms: CoreTerms, standing: Standing, compensation: Fraction, wage_base: Fraction, of_class: Fraction = ZERO
) -> Fraction:
    """The core contribution of a person who shares in it, where it is not of a pool."""
    level = terms.pay_level(wage_base)
    return total_of(core_parts(core_rate(terms, standing) + of_class, terms.excess_rate, level, compensation))


def largest_excess_rate(integration_level: Fraction) -> Fraction:
    """The maximum excess allowance for an integration level (IRC 401(l)(2)(B), Treas. Reg. 1.401(l)-2(d)(4)).

    Args:
        integration_level: as a share of the Social Security wage base.
    """
    if integration_level == 1 or integration_level <= Fraction(1, 5):
        return Fraction(57, 1000)
    return Fraction(54, 1000) if integration_level > Fraction(4, 5) else Fraction(43, 1000)
