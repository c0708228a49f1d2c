"""A plan in words, and what is said about settings that are allowed: those not meant, those that the law forbids.

Two plans that pay differently read differently. What is said of settings is a warning and stops no run; the rules are
tables: ``advice.ini`` and ``legality.ini``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planalign_orchestrator import tables
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY, Entry, Match
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.resources import dbt_project_dir

if TYPE_CHECKING:
    from jinja2 import Environment


def describe(plan: Plan) -> dict[str, str]:
    """What a plan does, a sentence a subject.

    Args:
        plan: its settings.

    Returns:
        The sentences by subject, in the order in which a reader wants them.
    """
    _, *parts = re.split(
        r"^(\w+):", language().get_template("description.jinja").render(plan=plan, at_once=Entry()), flags=re.MULTILINE
    )
    return {subject: _sentence(told) for subject, told in zip(parts[::2], parts[1::2], strict=True)}


def describe_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """What the plan among recorded settings does.

    Args:
        settings: values by dotted key, as a run records them.
    """
    from planalign_orchestrator.config.layers import nested

    found = {key.removeprefix("plan."): value for key, value in settings.items() if key.startswith("plan.")}
    return describe(Plan.model_validate(nested(found)))


@cache
def language() -> "Environment":
    """Jinja with the words in which rules and sentences speak of settings."""
    language = tables.language(Path(__file__).parent)
    language.filters |= {
        "g": lambda number: f"{number:g}",
        "number": lambda number: f"{number:.12g}",
        "share": lambda share: f"{round(share * 100, 10):.12g}%",
        "dollars": lambda amount: f"${amount:,.2f}",
        "counted": lambda number, noun: f"{number} {noun}{'' if number == 1 else 's'}",
        "listed": _listed,
        "words": _words,
    }
    return language


def _sentence(text: str) -> str:
    told = re.sub(r" (?=[,;])", "", " ".join(text.split()))
    return f"{told[0].upper()}{told[1:]}."


def _listed(parts: Iterable[str]) -> str:
    *most, last = [*filter(None, parts)] or [""]
    return " and ".join(filter(None, [", ".join(most), last]))


def _words(text: str) -> str:
    """Names of settings as a reader says them: ``graded 2-6`` of ``graded_2_6``."""
    return re.sub(r"(?<=\d)_(?=\d)", "-", text).replace("_", " ")


SAFE_HARBOR_FORMULAS = ("safe_harbor_basic", "safe_harbor_enhanced", "qaca")
_SLOWEST: tuple[Mapping[int, float], ...] = ({3: 1.0}, {2: 0.2, 3: 0.4, 4: 0.6, 5: 0.8, 6: 1.0})
"""The slowest vesting that IRC 411(a)(2)(B) allows: a cliff at three years, or two to six years."""


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
    last = settings.simulation.end_year
    late = sorted({amendment.first_year for amendment in settings.amendments if amendment.first_year > last})
    never = f"comes after {last}, the last simulated year, and changes nothing"
    said = [f"{since}{text}" for text, since in found.items()]
    return said + [f"the amendment from {year} {never}" for year in late]


def legality_notes(settings: Settings) -> list[str]:
    """What of a plan is outside the law, a sentence each with the section."""
    return list(_told("legality", settings))


def _told(name: str, settings: Settings) -> Iterator[str]:
    """What the rules of a table say that hold."""
    words = _names(settings)
    for row in tables.table(__package__, name).values():
        for item in _expression(row["each"])(**words) if "each" in row else [None]:
            if _expression(row["when"])(**words, item=item):
                yield language().from_string(row["says"]).render(**words, item=item)


@cache
def _expression(text: str) -> Callable[..., Any]:
    return language().compile_expression(text, undefined_to_none=False)


def _names(settings: Settings) -> dict[str, Any]:
    """What the rules speak of: sections of the settings, and what follows from them."""
    plan, match = settings.plan, settings.plan.match
    contributions = list(_contributions(plan))
    return {
        "plan": plan,
        "match": match,
        "auto": plan.enrollment.auto_enrollment,
        "workforce": settings.workforce,
        "promotion": settings.compensation.promotion,
        "formula": match.formula if match.family == "deferral_tiers" else None,
        "SAFE_HARBOR": SAFE_HARBOR_FORMULAS,
        "contributions": contributions,
        "entries": [_entry("plan.eligibility", plan.eligibility, plan.eligibility.waiting_period_days), *contributions],
        "idle_bands": list(_idle_bands(match)),
        "overlaps": list(_overlaps(match)),
        "slow_schedules": list(_vesting_too_slowly(settings, contributions)),
    }


def _contributions(plan: Plan) -> Iterator[dict[str, Any]]:
    """The employer's contributions that the plan has: name, conditions, vesting schedule, entry."""
    if plan.match.family != "none":
        yield {"name": "match", "rule": plan.match.eligibility, "schedule": plan.vesting.match_schedule,
               **_entry("plan.match.entry", plan.match.entry)}  # fmt: skip
    if plan.core.type != "none":
        yield {"name": "core", "rule": plan.core.eligibility, "schedule": plan.vesting.core_schedule,
               **_entry("plan.core.entry", plan.core.entry)}  # fmt: skip


def _entry(key: str, entry: Entry, waits: float = 0) -> dict[str, Any]:
    """A rule of entry by its key, with the days that it waits at least and its service in words."""
    stated = entry.service.model_dump(exclude_defaults=True).items()
    told = ", ".join(f"{unit}: {value}" for unit, value in stated)
    return {"key": key, "entry": entry, "waits": max(waits, entry.service.in_days), "service": told}


def _vesting_too_slowly(settings: Settings, contributions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The contributions with a schedule of a run's own tables that is too slow; those of the product are lawful."""
    if not settings.assumptions.directory and "vesting_schedules" not in settings.assumptions.overrides:
        return
    table = effective_assumptions(settings, dbt_project_dir() / "seeds")["vesting_schedules"]
    steps = list(zip(table.column("schedule"), table.numbers("years_of_service"), table.numbers("vested_percentage"),
                     strict=True))  # fmt: skip
    for found in contributions:
        own = [(years, float(share)) for schedule, years, share in steps if schedule == found["schedule"]]
        vested = [max((share for at, share in own if at <= years), default=0.0) for years in range(7)]
        if not any(all(vested[years] >= least for years, least in slowest.items()) for slowest in _SLOWEST):
            yield found


def _idle_bands(match: Match) -> Iterator[dict[str, Any]]:
    """The bands that are set while the family of the match takes others, and the families that would take them."""
    for name in dict.fromkeys(BANDS_OF_FAMILY.values()):
        if getattr(match, name) and BANDS_OF_FAMILY.get(match.family) != name:
            yield {"name": name, "families": [family for family, bands in BANDS_OF_FAMILY.items() if bands == name]}


def _overlaps(match: Match) -> Iterator[dict[str, Any]]:
    """The pairs of match tiers that overlap."""
    for band in match.bands():
        for below, above in pairwise(sorted(band.tiers, key=lambda tier: tier.deferral_from)):
            if above.deferral_from < below.deferral_to:
                yield {"below": below, "above": above}
