"""Safe harbors, read from the terms of a plan (IRC 401(k)(12), (13), 401(m)(11), (12), 416(g)(4)(H))."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from planalign_orchestrator.config.settings import Settings
from tests.oracle.exact import ONE, ZERO, exact
from tests.oracle.plan import FORMULAS, CoreTerms, EntryRule, MatchTerms, PlanTerms, Tier
from tests.oracle.terms import plan_terms
from tests.oracle.vesting import SCHEDULES

SAFE_CORE = Fraction("0.03")
CORE_REASONS = ("safe_harbor_core", "qaca_core")


@dataclass(frozen=True)
class Exemptions:
    """Why a plan needs no test, or why it does.

    Attributes:
        adp, acp: the safe harbor; None where the test is run.
        adp_obstacle, acp_obstacle: what keeps the plan from it.
        top_heavy: free of IRC 416.
    """

    adp: str | None
    acp: str | None
    adp_obstacle: str | None
    acp_obstacle: str | None
    top_heavy: bool


def exemptions(settings: Settings, group: str = "all") -> Exemptions:
    """What the settings of a plan are worth to a group, in a year with money to reallocate if it does."""
    terms = plan_terms(settings)
    formula = _Formula.of(terms)
    highest = exact(settings.plan.deferral.maximum_rate)
    match_obstacle, core_obstacle = _match_obstacle(terms, formula, highest, group), _core_obstacle(terms, group)
    qaca = _has_qaca_defaults(settings)
    match_after, core_after = _full_after(terms.match_vesting), _full_after(terms.core_vesting)
    found = None
    if match_obstacle is None and formula.reaches("safe_harbor_basic") and match_after == 0:
        found = "safe_harbor_match"
    elif match_obstacle is None and formula.reaches("qaca") and match_after <= 2 and qaca:
        found = "qaca_match"
    elif core_obstacle is None and core_after == 0:
        found = "safe_harbor_core"
    elif core_obstacle is None and core_after <= 2 and qaca:
        found = "qaca_core"
    obstacle = None if found else _adp_obstacle(formula, match_obstacle, core_obstacle, qaca)
    acp_obstacle = obstacle or match_obstacle or ("match_above_6_percent" if formula.pays_above_six else None)
    acp = None if acp_obstacle else found
    core_is_safe = not terms.reallocates and (terms.core.kind == "none" or found in CORE_REASONS)
    free = found is not None and (terms.match.family == "none" or acp is not None) and core_is_safe
    return Exemptions(found, acp, obstacle, acp_obstacle, free)


@dataclass(frozen=True)
class _Formula:
    """A match as a function of the deferral, both as shares of pay."""

    tiers: tuple[Tier, ...]
    maximum: Fraction | None
    bands: int

    @staticmethod
    def of(terms: PlanTerms) -> _Formula:
        bands = () if terms.match.family == "none" else terms.match.bands
        return _Formula(bands[0].tiers if bands else (), terms.match.maximum, len(bands))

    @property
    def points(self) -> list[Fraction]:
        """Deferrals at whole quarters of a percent, and wherever a tier ends."""
        ends = {end for tier in self.tiers for end in (tier.low, tier.high)}
        return sorted({Fraction(number, 400) for number in range(401)} | ends)

    def match(self, deferral: Fraction) -> Fraction:
        matched = _matched(self.tiers, deferral)
        return matched if self.maximum is None else min(self.maximum, matched)

    def reaches(self, name: str) -> bool:
        """Whether it is at least a named formula at every deferral."""
        return self.bands == 1 and all(self.match(point) >= _matched(FORMULAS[name], point) for point in self.points)

    @property
    def rises(self) -> bool:
        slopes = [
            (_matched(self.tiers, high) - _matched(self.tiers, low)) / (high - low)
            for low, high in pairwise(self.points)
        ]
        return any(later > earlier for earlier, later in pairwise(slopes))

    @property
    def pays_above_six(self) -> bool:
        return bool(self.tiers) and self.match(ONE) > self.match(Fraction("0.06"))


def _matched(tiers: tuple[Tier, ...], deferral: Fraction) -> Fraction:
    return sum((tier.rate * max(ZERO, min(deferral, tier.high) - tier.low) for tier in tiers), ZERO)


def _conditions(plan: PlanTerms, terms: MatchTerms | CoreTerms, money: str, group: str) -> str | None:
    rule = terms.allocation
    if rule.require_employment_on_last_day:
        return f"{money}_requires_last_day"
    if rule.minimum_hours > 0:
        return f"{money}_requires_hours"
    if rule.minimum_service_years > 0 or _starts_late(terms.entry, plan.entry, group):
        return f"{money}_requires_service"
    return None if terms.entry.left_out <= plan.entry.left_out else f"{money}_excludes_groups"


def _starts_late(entry: EntryRule, deferrals: EntryRule, group: str) -> bool:
    """Whether a source of money can be closed to people of a group who defer (1.401(k)-3(b)(1), (c)(1), (h)(3))."""
    wait, before = _months(entry), max(_months(deferrals), _in_months(deferrals.waiting_days))
    dates = ("immediate", "monthly", "quarterly", "semiannual", "annual")
    annual = entry.entry_dates == "annual" and (wait > 6 or entry.minimum_age > 20)
    if group == "statutory" and wait <= 12 and entry.hours <= 1000 and not annual:
        return False
    return (
        wait > min(before, 12)
        or entry.minimum_age > deferrals.minimum_age
        or entry.hours > deferrals.hours
        or dates.index(entry.entry_dates) > dates.index(deferrals.entry_dates)
    )


def _months(entry: EntryRule) -> Fraction:
    years, months, days = entry.service
    return 12 * years + months + _in_months(days)


def _in_months(days: int) -> Fraction:
    return Fraction(12 * days, 366)


def _match_obstacle(terms: PlanTerms, formula: _Formula, highest: Fraction, group: str) -> str | None:
    if not formula.bands:
        return "no_match"
    if formula.bands > 1:
        return "match_depends_on_service"
    if formula.rises:
        return "match_rate_rises"
    if terms.match.maximum_amount is not None:
        return "match_capped_in_dollars"
    if not terms.match.counts_catch_up:
        return "match_leaves_out_catch_up"
    if formula.match(highest) < formula.match(Fraction(3, 4)):  # 1.401(k)-3(c)(6)(iii)
        return "match_above_highest_deferral_rate"
    return _conditions(terms, terms.match, "match", group)


def _core_obstacle(terms: PlanTerms, group: str) -> str | None:
    core = terms.core
    rates = {"none": [ZERO], "flat": [core.rate], "profit_sharing": [ZERO]}.get(
        core.kind, [band.rate for band in core.bands]
    )
    safe = min(rates) - core.excess_rate >= SAFE_CORE  # 1.401(k)-3(h)(2)
    return "core_below_3_percent" if not safe else _conditions(terms, core, "core", group)


def _adp_obstacle(formula: _Formula, match: str | None, core: str | None, qaca: bool) -> str:
    """What keeps the plan from the way that it comes nearest to."""
    if core is None:
        return "core_not_vested"
    if formula.bands > 1:
        return "match_depends_on_service" if core == "core_below_3_percent" else core
    if formula.reaches("safe_harbor_basic") or (formula.reaches("qaca") and qaca):
        return match or "match_not_vested"
    if formula.reaches("qaca") and match is None:
        return "automatic_enrollment_below_qaca"
    if core != "core_below_3_percent":
        return core
    return "match_below_safe_harbor" if formula.bands else "no_safe_harbor_money"


def _full_after(schedule: str) -> int:
    return min(years for years, share in SCHEDULES[schedule].items() if share == 1)


def _has_qaca_defaults(settings: Settings) -> bool:
    """Everybody without an election, at 3 to 10%, rising to 6% at least and 15% at most (401(k)(13)(C))."""
    auto, rise = settings.plan.enrollment.auto_enrollment, settings.plan.escalation
    rate = exact(auto.default_deferral_rate)
    if not auto.enabled or auto.scope != "all_eligible_employees" or not Fraction("0.03") <= rate <= Fraction("0.1"):
        return False
    if rise.enabled and exact(rise.cap) > Fraction("0.15"):
        return False
    return rate >= Fraction("0.06") or (
        rise.enabled
        and exact(rise.increment) >= Fraction("0.01")
        and exact(rise.cap) >= Fraction("0.06")
        and rise.first_escalation_delay_years <= 1
    )
