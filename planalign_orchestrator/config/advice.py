"""What is said about settings that are allowed: those probably not meant, and those that the law does not allow.

Each is a warning, none stops a run. The rules are tables: ``advice.ini`` and ``legality.ini``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.tables import table

if TYPE_CHECKING:
    from jinja2 import Environment


from collections import defaultdict
from collections.abc import Mapping

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.entry import Entry, Service
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.resources import dbt_project_dir

SAFE_HARBOR_FORMULAS = ("safe_harbor_basic", "safe_harbor_enhanced", "qaca")
_SLOWEST: tuple[Mapping[int, float], ...] = ({3: 1.0}, {2: 0.2, 3: 0.4, 4: 0.6, 5: 0.8, 6: 1.0})
"""The slowest vesting that IRC 411(a)(2)(B) allows: a cliff at three years, or two to six years."""


def contributions(plan: Plan) -> list[dict[str, Any]]:
    """The employer's contributions that the plan has: name, conditions, vesting schedule, entry."""
    return [
        {
            "name": name,
            "rule": source.eligibility,
            "schedule": getattr(plan.vesting, f"{name}_schedule"),
            **_waiting(f"plan.{name}.entry", source.entry),
        }
        for name, source in (("match", plan.match), ("core", plan.core))
        if "none" not in (getattr(source, "family", ""), getattr(source, "type", ""))
    ]


def entries(plan: Plan) -> list[dict[str, Any]]:
    """The rules of entry that count: that for deferrals, with its waiting period, and those of the contributions."""
    deferrals = _waiting("plan.eligibility", plan.eligibility)
    deferrals["waits"] = max(plan.eligibility.waiting_period_days, deferrals["waits"])
    return [deferrals, *contributions(plan)]


def days_of(service: Service) -> float:
    """How long a service lasts."""
    return (12 * service.years + service.months) * 365.25 / 12 + service.days


def _waiting(key: str, entry: Entry) -> dict[str, Any]:
    """A rule of entry by its key, with the days that it waits at least and its service in words."""
    stated = entry.service.model_dump(exclude_defaults=True).items()
    told = ", ".join(f"{unit}: {value}" for unit, value in stated)
    return {"key": key, "entry": entry, "waits": days_of(entry.service), "service": told}


def vests_too_slowly(settings: Settings) -> Iterator[str]:
    """What is said of a schedule of a run's own tables; those that come with the product are lawful."""
    if not settings.assumptions.directory and "vesting_schedules" not in settings.assumptions.overrides:
        return
    table = effective_assumptions(settings, dbt_project_dir() / "seeds")["vesting_schedules"]
    steps: dict[str, dict[int, float]] = defaultdict(dict)
    columns = (table.column(name) for name in ("schedule", "years_of_service", "vested_percentage"))
    for schedule, years, share in zip(*columns, strict=True):
        steps[schedule][int(years)] = float(share)
    for found in contributions(settings.plan):
        if not any(_keeps_up(steps[found["schedule"]], slowest) for slowest in _SLOWEST):
            yield (
                f"plan.vesting.{found['name']}_schedule is {found['schedule']}, whose steps in vesting_schedules are "
                "slower than three years at once or 20% a year from two to six years (IRC 411(a)(2)(B))"
            )


def _keeps_up(schedule: Mapping[int, float], slowest: Mapping[int, float]) -> bool:
    return all(_vested(schedule, years) >= share for years, share in slowest.items())


def _vested(schedule: Mapping[int, float], years: int) -> float:
    return max((share for reached, share in schedule.items() if reached <= years), default=0.0)


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
        "excluded_groups of people who may defer (plan.match.entry)": any(
            left_out not in plan.eligibility.excluded_groups for left_out in match.entry.excluded_groups
        ),
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
