"""What is said about settings that are allowed: those probably not meant, and those that the law does not allow.

Each is a warning, none stops a run. The rules are tables: ``advice.ini`` and ``legality.ini``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY
from planalign_orchestrator.config.legality import (
    SAFE_HARBOR_FORMULAS,
    contributions,
    days_of,
    entries,
    vests_too_slowly,
)
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.tables import table

if TYPE_CHECKING:
    from jinja2 import Environment


def settings_warnings(settings: Settings) -> list[str]:
    """Sentences about settings that are allowed and yet probably not meant, and about what the law does not allow.

    Each is said once, also where it lasts for years.
    """
    found: dict[str, str] = {}
    for year in changing_years(settings):
        since = f"from {year} on, " if year > settings.simulation.start_year else ""
        amended = settings_of(settings, year)
        told = [*_told("advice", amended), *legality_notes(amended)]
        found |= {text: since for text in told if text not in found}
    return [f"{since}{text}" for text, since in found.items()] + list(_amendments_that_never_come(settings))


def legality_notes(settings: Settings) -> list[str]:
    """What of a plan is outside the law, a sentence each with the section."""
    return [*_told("legality", settings), *vests_too_slowly(settings)]


def _told(name: str, settings: Settings) -> Iterator[str]:
    """What the rules of a table say that hold."""
    words = _words(settings)
    for row in table(__package__, name).values():
        for item in words[row["each"]] if "each" in row else [None]:
            if _condition(row["when"])(**words, item=item):
                yield _language().from_string(row["says"]).render(**words, item=item)


@cache
def _condition(text: str) -> Callable[..., Any]:
    return _language().compile_expression(text, undefined_to_none=False)


@cache
def _language() -> Environment:
    from jinja2 import Environment, StrictUndefined

    language = Environment(undefined=StrictUndefined)
    language.filters["g"] = lambda number: f"{number:g}"
    return language


def _words(settings: Settings) -> dict[str, Any]:
    """What the rules speak of: sections of the settings, and what follows from them."""
    plan, match, promotion = settings.plan, settings.plan.match, settings.compensation.promotion
    cap_cuts = match.max_match_percentage is not None and match.max_match_percentage < match.largest_share() - 1e-9
    conditions = {
        "require_employment_on_last_day": match.eligibility.require_employment_on_last_day,
        "minimum_hours": match.eligibility.minimum_hours,
        "minimum_service_years": match.eligibility.minimum_service_years > 1,
        "more than a year of service (plan.match.entry)": days_of(match.entry.service) > 366,
    }
    cuts = {
        "max_match_percentage": cap_cuts,
        "maximum_match_amount": match.maximum_match_amount is not None,
        "match_catch_up": not match.match_catch_up,
    }
    return {
        "plan": plan,
        "match": match,
        "auto": plan.enrollment.auto_enrollment,
        "workforce": settings.workforce,
        "promotion": promotion,
        "mean_raise": max([promotion.raise_mean, *promotion.raise_mean_by_level.values()]),
        "formula": match.formula if match.family == "deferral_tiers" else None,
        "SAFE_HARBOR": SAFE_HARBOR_FORMULAS,
        "contributions": contributions(plan),
        "entries": entries(plan),
        "deferral_service_days": days_of(plan.eligibility.service),
        "eligibilities": [{"name": name, "rule": getattr(plan, name).eligibility} for name in ("match", "core")],
        "cap_cuts": cap_cuts,
        "conditions": [name for name, is_set in conditions.items() if is_set],
        "cuts": [name for name, is_set in cuts.items() if is_set],
        "idle_bands": list(_idle_bands(settings)),
        "overlaps": list(_overlaps(settings)),
    }


def _idle_bands(settings: Settings) -> Iterator[dict[str, Any]]:
    """The bands that are set while the family of the match takes others, and the families that would take them."""
    match = settings.plan.match
    for name in dict.fromkeys(BANDS_OF_FAMILY.values()):
        if getattr(match, name) and BANDS_OF_FAMILY.get(match.family) != name:
            yield {"name": name, "families": [family for family, bands in BANDS_OF_FAMILY.items() if bands == name]}


def _overlaps(settings: Settings) -> Iterator[dict[str, Any]]:
    """The pairs of match tiers that overlap."""
    for band in settings.plan.match.bands():
        for below, above in pairwise(sorted(band.tiers, key=lambda tier: tier.deferral_from)):
            if above.deferral_from < below.deferral_to:
                yield {"below": below, "above": above}


def _amendments_that_never_come(settings: Settings) -> Iterator[str]:
    last = settings.simulation.end_year
    for year in sorted({found.first_year for found in settings.amendments if found.first_year > last}):
        yield f"the amendment from {year} comes after {last}, the last simulated year, and changes nothing"
