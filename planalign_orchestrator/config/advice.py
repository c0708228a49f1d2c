"""Settings that are allowed and yet probably not meant; each is a warning, none stops a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY, MatchTier
from planalign_orchestrator.config.legality import legality_notes
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of


def settings_warnings(settings: Settings) -> list[str]:
    """Sentences about settings that are allowed and yet probably not meant, and about what the law does not allow.

    Each is said once, also where it lasts for years.
    """
    found: dict[str, str] = {}
    for year in changing_years(settings):
        since = f"from {year} on, " if year > settings.simulation.start_year else ""
        amended = settings_of(settings, year)
        told = [*(text for check in _CHECKS for text in check(amended)), *legality_notes(amended)]
        found |= {text: since for text in told if text not in found}
    return [f"{since}{text}" for text, since in found.items()] + list(_amendments_that_never_come(settings))


def _growth_written_as_percentage(settings: Settings) -> Iterator[str]:
    growth = settings.workforce.target_growth_rate
    if growth >= 1:
        yield (
            f"workforce.target_growth_rate is {growth:g}, which is {growth:.0%} a year; {growth:g}% is {growth / 100:g}"
        )


def _cap_below_the_formula(settings: Settings) -> Iterator[str]:
    match = settings.plan.match
    if match.max_match_percentage is not None and match.max_match_percentage < match.largest_share() - 1e-9:
        yield (
            f"plan.match.max_match_percentage is {match.max_match_percentage:g} and cuts the match, which goes to "
            f"{match.largest_share():g} by its formula"
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
    _cap_below_the_formula,
    _escalation_without_auto_enrollment,
    _escalation_above_the_plan,
    _escalation_never_starts,
    _ignored_match_settings,
    _overlapping_tiers,
    _ignored_core_settings,
    _exceptions_without_a_rule,
    _raise_above_its_maximum,
)
