"""The terms of a plan, in the oracle's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from planalign_orchestrator.config.contributions import ContributionEligibility as AllocationRule
from tests.oracle.exact import ONE, ZERO, exact

__all__ = [
    "FORMULAS", "AllocationRule", "CoreBand", "CoreTerms", "EntryRule", "MatchBand", "MatchTerms", "PlanTerms", "Tier",
    "band_of", "tiers",
]  # fmt: skip


class Tier(NamedTuple):
    """``rate`` on the part of the deferral between two shares of plan compensation."""

    low: Fraction
    high: Fraction
    rate: Fraction


def band_of(value: int, minima: Sequence[int]) -> int:
    """The position of the last band whose minimum is at most ``value``."""
    return max(position for position, minimum in enumerate(minima) if minimum <= value)


def tiers(*rows: tuple[str, str, str]) -> tuple[Tier, ...]:
    """Tiers from decimal text: low, high, rate."""
    return tuple(Tier(*map(exact, row)) for row in rows)


FORMULAS: dict[str, tuple[Tier, ...]] = {
    "simple": tiers(("0", "0.06", "0.5")),
    "tiered": tiers(("0", "0.03", "1"), ("0.03", "0.05", "0.5")),
    "stretch": tiers(("0", "0.12", "0.25")),
    "safe_harbor_basic": tiers(("0", "0.03", "1"), ("0.03", "0.05", "0.5")),
    "safe_harbor_enhanced": tiers(("0", "0.04", "1")),
    "qaca": tiers(("0", "0.01", "1"), ("0.01", "0.06", "0.5")),
}
"""Named match formulas: basic IRC 401(k)(12)(B)(i), enhanced 401(k)(12)(B)(iii), QACA 401(k)(13)(D)(i)(I)."""


class MatchBand(NamedTuple):
    """Tiers for people from ``minimum`` service or points on."""

    minimum: int
    tiers: tuple[Tier, ...]


class CoreBand(NamedTuple):
    """A core rate for people from ``minimum`` service, points or age on."""

    minimum: int
    rate: Fraction


@dataclass(frozen=True)
class EntryRule:
    """From when on a source of money is open to a person (IRC 410(a)(1) and (4)).

    Attributes:
        waiting_days: since hire, whatever service says.
        service: years, months and days that add up.
        hours: in every twelve months, for them to be a year of service; 0 where elapsed time counts.
        long_term_part_time: also open after two years of 500 hours (IRC 401(k)(15)).
        full_year_pay: pay before the entry counts too.
        left_out: column and value of groups that never enter.
    """

    minimum_age: int = 21
    waiting_days: int = 0
    entry_dates: str = "immediate"
    service: tuple[int, int, int] = (0, 0, 0)
    hours: Fraction = ZERO
    long_term_part_time: bool = False
    full_year_pay: bool = False
    left_out: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class MatchTerms:
    """The match: a family says which value picks the band."""

    family: str = "deferral_tiers"
    bands: tuple[MatchBand, ...] = (MatchBand(0, FORMULAS["simple"]),)
    maximum: Fraction | None = None
    maximum_amount: Fraction | None = None
    counts_catch_up: bool = True
    payrolls: int | None = None
    true_up: bool = False
    entry: EntryRule = field(default_factory=lambda: EntryRule(minimum_age=0))
    allocation: AllocationRule = field(default_factory=AllocationRule)


@dataclass(frozen=True)
class CoreTerms:
    """The nonelective contribution, with permitted disparity (IRC 401(l)) when ``excess_rate`` is above 0."""

    kind: str = "none"
    rate: Fraction = Fraction("0.03")
    bands: tuple[CoreBand, ...] = ()
    excess_rate: Fraction = ZERO
    integration_level: Fraction = ONE
    integration_amount: Fraction | None = None
    pool_amount: Fraction | None = None
    pool_rate: Fraction | None = None
    shared_by: str = "pay"
    classes_by: str = "hce"
    classes: tuple[tuple[str, Fraction], ...] = ()
    entry: EntryRule = field(default_factory=lambda: EntryRule(minimum_age=0))
    allocation: AllocationRule = field(default_factory=AllocationRule)

    @property
    def has_pool(self) -> bool:
        """An amount is shared out, and nobody has a rate of their own."""
        return self.kind == "profit_sharing" and (self.pool_amount is not None or self.pool_rate is not None)

    def pay_level(self, wage_base: Fraction) -> Fraction:
        """The integration level in dollars, which IRC 401(l)(5)(A) keeps at or below the wage base."""
        share = self.integration_level * wage_base
        return share if self.integration_amount is None else min(self.integration_amount, wage_base)


@dataclass(frozen=True)
class PlanTerms:
    """Everything about a plan that a person's year depends on.

    Attributes:
        day_before: a year of service is complete at the end of the day before its anniversary.
        last_day_counts: someone who leaves on 31 December is employed on it.
    """

    day_before: bool = True
    last_day_counts: bool = True
    entry: EntryRule = field(default_factory=EntryRule)
    match: MatchTerms = field(default_factory=MatchTerms)
    core: CoreTerms = field(default_factory=CoreTerms)
    match_vesting: str = "graded_2_6"
    core_vesting: str = "cliff_3"
    full_vesting_at: tuple[str, ...] = ("death", "disability")
    normal_retirement_age: int = 65
    additions_order: str = "core_first"
    reallocates: bool = False
    presumes_partial_termination: bool = True
    roth_share: Fraction = Fraction("0.15")
    roth_available: bool = True
    highest_rates: tuple[Fraction, Fraction] = (Fraction(3, 4), Fraction(3, 4))
    top_paid_group: bool = False
    replaced: tuple[tuple[int, str, str], ...] = ()
    """The vesting schedules of match and core in earlier years, each with its year."""
