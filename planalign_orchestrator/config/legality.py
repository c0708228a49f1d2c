"""What the law asks of a plan that takes more than a line of ``legality.ini``: vesting by a schedule of one's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.entry import Entry, Service
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.config.settings import Settings
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
