"""Settings that are allowed and yet probably not meant; each is a warning, none stops a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY, ContributionEligibility, MatchTier
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of

SAFE_HARBOR_FORMULAS = ("safe_harbor_basic", "safe_harbor_enhanced", "qaca")


def settings_warnings(settings: Settings) -> list[str]:
    """Sentences about settings that are allowed and yet probably not meant; once, also where they last for years."""
    found: dict[str, str] = {}
    for year in changing_years(settings):
        since = f"from {year} on, " if year > settings.simulation.start_year else ""
        amended = settings_of(settings, year)
        found |= {text: since for check in _CHECKS for text in check(amended) if text not in found}
    return [f"{since}{text}" for text, since in found.items()] + list(_amendments_that_never_come(settings))


def _growth_written_as_percentage(settings: Settings) -> Iterator[str]:
    growth = settings.workforce.target_growth_rate
    if growth >= 1:
        yield (
            f"workforce.target_growth_rate is {growth:g}, which is {growth:.0%} a year; {growth:g}% is {growth / 100:g}"
        )


def _safe_harbor_with_conditions(settings: Settings) -> Iterator[str]:
    match = settings.plan.match
    if match.family != "deferral_tiers" or match.formula not in SAFE_HARBOR_FORMULAS:
        return
    conditions = [name for name, value in _conditions(match.eligibility) if value]
    if conditions:
        yield (
            f"plan.match.formula is {match.formula}, but plan.match.eligibility sets {', '.join(conditions)}; a safe "
            "harbor match may not depend on hours, service or employment at year end (Treas. Reg. 1.401(k)-3)"
        )


def _cap_below_the_formula(settings: Settings) -> Iterator[str]:
    match = settings.plan.match
    if match.max_match_percentage is not None and match.max_match_percentage < match.largest_share() - 1e-9:
        yield (
            f"plan.match.max_match_percentage is {match.max_match_percentage:g} and cuts the match, which goes to "
            f"{match.largest_share():g} by its formula"
        )


def _conditions(eligibility: ContributionEligibility) -> list[tuple[str, object]]:
    return [
        ("require_employment_on_last_day", eligibility.require_employment_on_last_day),
        ("minimum_hours", eligibility.minimum_hours),
        ("minimum_service_years", eligibility.minimum_service_years > 1),
    ]


def _qaca_needs_automatic_features(settings: Settings) -> Iterator[str]:
    plan = settings.plan
    if plan.match.family != "deferral_tiers" or plan.match.formula != "qaca":
        return
    if not plan.enrollment.auto_enrollment.enabled:
        yield "plan.match.formula is qaca, which needs plan.enrollment.auto_enrollment.enabled: true (IRC 401(k)(13))"
    elif plan.enrollment.auto_enrollment.default_deferral_rate < 0.03:
        yield (
            "plan.match.formula is qaca, which needs a default_deferral_rate of at least 0.03 "
            f"(IRC 401(k)(13)); it is {plan.enrollment.auto_enrollment.default_deferral_rate:g}"
        )
    if plan.vesting.match_schedule not in ("immediate", "cliff_2", "qaca_2"):
        yield (
            f"plan.vesting.match_schedule is {plan.vesting.match_schedule}; a qaca match must be vested after two "
            "years (IRC 401(k)(13)(D)(iii)): use qaca_2"
        )


def _safe_harbor_vests_at_once(settings: Settings) -> Iterator[str]:
    match, schedule = settings.plan.match, settings.plan.vesting.match_schedule
    named = match.family == "deferral_tiers" and match.formula in ("safe_harbor_basic", "safe_harbor_enhanced")
    if named and schedule != "immediate":
        yield (
            f"plan.vesting.match_schedule is {schedule}; a safe harbor match is vested at once (IRC 401(k)(12)(E)(i)): "
            "use immediate"
        )


def _escalation_without_auto_enrollment(settings: Settings) -> Iterator[str]:
    if settings.plan.escalation.enabled and not settings.plan.enrollment.auto_enrollment.enabled:
        yield (
            "plan.escalation.enabled is true while plan.enrollment.auto_enrollment.enabled is false: everybody who "
            "enrolled by choice is escalated as well"
        )


def _escalation_above_the_plan(settings: Settings) -> Iterator[str]:
    cap, highest = settings.plan.escalation.cap, settings.plan.deferral.maximum_rate
    if settings.plan.escalation.enabled and cap > highest:
        yield f"plan.escalation.cap {cap:g} is above plan.deferral.maximum_rate {highest:g}, which ends the escalation"


def _escalation_never_starts(settings: Settings) -> Iterator[str]:
    cap, default = settings.plan.escalation.cap, settings.plan.enrollment.auto_enrollment.default_deferral_rate
    if settings.plan.escalation.enabled and settings.plan.enrollment.auto_enrollment.enabled and default >= cap:
        yield (
            f"plan.enrollment.auto_enrollment.default_deferral_rate {default:g} is not below plan.escalation.cap "
            f"{cap:g}: nobody who is auto-enrolled is ever escalated"
        )


def _ignored_match_settings(settings: Settings) -> Iterator[str]:
    match = settings.plan.match
    custom = match.family == "deferral_tiers" and match.formula == "custom"
    if match.tiers and not custom:
        yield "plan.match.tiers has no effect; it counts only with family deferral_tiers and formula custom"
    for name in dict.fromkeys(BANDS_OF_FAMILY.values()):
        if getattr(match, name) and BANDS_OF_FAMILY.get(match.family) != name:
            families = " or ".join(family for family, bands in BANDS_OF_FAMILY.items() if bands == name)
            yield f"plan.match.{name} has no effect; it counts only with family {families}"


def _overlapping_tiers(settings: Settings) -> Iterator[str]:
    for band in settings.plan.match.bands():
        for below, above in pairwise(sorted(band.tiers, key=_start)):
            if above.deferral_from < below.deferral_to:
                yield (
                    f"the match tiers {below.deferral_from:g}-{below.deferral_to:g} and "
                    f"{above.deferral_from:g}-{above.deferral_to:g} overlap; deferrals in both earn both rates"
                )


def _start(tier: MatchTier) -> float:
    return tier.deferral_from


def _ignored_core_settings(settings: Settings) -> Iterator[str]:
    core = settings.plan.core
    if core.bands and core.type in ("none", "flat"):
        yield f"plan.core.bands has no effect with plan.core.type {core.type}"


def _exceptions_without_a_rule(settings: Settings) -> Iterator[str]:
    for name, eligibility in (
        ("match", settings.plan.match.eligibility),
        ("core", settings.plan.core.eligibility),
    ):
        if eligibility.last_day_exceptions and not eligibility.require_employment_on_last_day:
            yield (f"plan.{name}.eligibility.last_day_exceptions has no effect without require_employment_on_last_day")


def _amendments_that_never_come(settings: Settings) -> Iterator[str]:
    last = settings.simulation.end_year
    for year in sorted({found.first_year for found in settings.amendments if found.first_year > last}):
        yield f"the amendment from {year} comes after {last}, the last simulated year, and changes nothing"


def _raise_above_its_maximum(settings: Settings) -> Iterator[str]:
    promotion = settings.compensation.promotion
    means = [promotion.raise_mean, *promotion.raise_mean_by_level.values()]
    if max(means) > promotion.raise_maximum:
        yield (
            f"a mean raise on promotion of {max(means):g} is above compensation.promotion.raise_maximum "
            f"{promotion.raise_maximum:g}, which cuts it"
        )


_CHECKS: tuple[Callable[[Settings], Iterator[str]], ...] = (
    _growth_written_as_percentage,
    _safe_harbor_with_conditions,
    _cap_below_the_formula,
    _safe_harbor_vests_at_once,
    _qaca_needs_automatic_features,
    _escalation_without_auto_enrollment,
    _escalation_above_the_plan,
    _escalation_never_starts,
    _ignored_match_settings,
    _overlapping_tiers,
    _ignored_core_settings,
    _exceptions_without_a_rule,
    _raise_above_its_maximum,
)
