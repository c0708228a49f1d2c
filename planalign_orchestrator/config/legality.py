"""What the law asks of a plan that takes more than a line of ``legality.ini``: vesting by a schedule of one's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir

SAFE_HARBOR_FORMULAS = ("safe_harbor_basic", "safe_harbor_enhanced", "qaca")
_SLOWEST: tuple[Mapping[int, float], ...] = ({3: 1.0}, {2: 0.2, 3: 0.4, 4: 0.6, 5: 0.8, 6: 1.0})
"""The slowest vesting that IRC 411(a)(2)(B) allows: a cliff at three years, or two to six years."""


def contributions(plan: Plan) -> list[dict[str, Any]]:
    """The employer's contributions that the plan has: name, conditions, vesting schedule."""
    match = {"name": "match", "rule": plan.match.eligibility, "schedule": plan.vesting.match_schedule}
    core = {"name": "core", "rule": plan.core.eligibility, "schedule": plan.vesting.core_schedule}
    return [match] * (plan.match.family != "none") + [core] * (plan.core.type != "none")


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
