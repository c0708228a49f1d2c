"""The worlds over which mutants are tried: those of the model's tests, with fewer people so that a mutant costs little.

The world that most mutants show in comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import settings_with
from tests.model.counterexamples import COUNTEREXAMPLES
from tests.model.people import census_of
from tests.model.planted_faults import SETTINGS
from tests.model.worlds import WORLDS, World
from tests.mutation.judge import Court, court_of

PEOPLE = 200
YEARS = 4

FIRST = (
    "late enrolment, opt-outs and conversions across the years",
    "a fifth of the jobs go each year",
    "everybody is enrolled, in a leap year",
    "generous contributions meet every limit",
    "departments steered, one laid off",
    "match by service, top-paid group",
    "a match by payroll, with little room for deferrals",
    "match and core with strict conditions, hires of chosen levels",
)


def worlds() -> list[World]:
    """All worlds of at most ``YEARS`` years, the most telling first."""
    chosen = [world for world in [*WORLDS, *COUNTEREXAMPLES] if world.years <= YEARS]
    return sorted(chosen, key=lambda world: FIRST.index(world.name) if world.name in FIRST else len(FIRST))


def assemble(folder: Path, chosen: Iterable[World] | None = None, people: int = PEOPLE) -> Court:
    """The court with its worlds run; ``folder`` receives their censuses."""
    folder.mkdir(parents=True, exist_ok=True)
    return court_of(
        dbt_project_dir(),
        [
            (world.name, world.settings(), world.census(folder, people))
            for world in (worlds() if chosen is None else chosen)
        ],
        ("planted faults", faulty_settings(), census_of(folder, 400, 2025)),
    )


def faulty_settings() -> Settings:
    """A world in which every kind of event happens, so that every fault finds somebody."""
    return settings_with(simulation__end_year=2026, **SETTINGS)
