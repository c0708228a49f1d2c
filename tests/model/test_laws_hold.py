"""Every law holds in every world, which VALIDATION checks, and each world is what the oracle foretells, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from planalign_orchestrator.config.contributions import Core, Entry, Match
from planalign_orchestrator.config.plan import AutoEnrollment, Deferral, Eligibility, Escalation, Plan, Vesting
from planalign_orchestrator.config.settings import Promotion
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine, rows_of
from tests.model.counterexamples import COUNTEREXAMPLES
from tests.model.worlds import LARGE_WORLDS, WORLDS, World
from tests.oracle.comparison import compare_limits, compare_run
from tests.oracle.event_log import compare_events
from tests.oracle.ndt_comparison import compare_tests
from tests.oracle.own_tables import tables_of
from tests.oracle.reporting import compare_reporting

LAWS = len(list((dbt_project_dir() / "models" / "validation").glob("law_*.sql")))


@pytest.fixture(scope="module")
def censuses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the censuses that the worlds share."""
    return tmp_path_factory.mktemp("censuses")


@pytest.mark.parametrize("world", [*WORLDS, *COUNTEREXAMPLES], ids=lambda world: world.name)
def test_every_law_holds(engine: Engine, censuses: Path, tmp_path: Path, world: World) -> None:
    database = check(engine, censuses, tmp_path, world)
    census = world.census(censuses)
    seeds = dbt_project_dir() / "seeds"
    with tables_of(world.settings()):
        found = [
            *compare_limits(database, world.settings(), seeds),
            *compare_events(database, world.settings(), census),
            *compare_run(database, world.settings(), census, seeds),
            *compare_reporting(database, world.settings()),
            *compare_tests(database, world.settings(), seeds),
        ]
    assert not found, "\n".join(map(str, found[:20]))


@pytest.mark.nightly
@pytest.mark.parametrize("world", LARGE_WORLDS, ids=lambda world: world.name)
def test_every_law_holds_for_many_people(engine: Engine, censuses: Path, tmp_path: Path, world: World) -> None:
    check(engine, censuses, tmp_path, world)


def check(engine: Engine, censuses: Path, folder: Path, world: World) -> Path:
    """Simulate a world, laws included, and hand out its database."""
    census = world.census(censuses)
    try:
        database = engine.simulate(world.settings(), census, folder)
    except LawBrokenError:
        broken = rows_of(
            folder / "simulation.duckdb",
            "select simulation_year, law_name, violations, examples from fct_law_checks where violations > 0",
        )
        pytest.fail("\n".join(str(row) for row in broken))
    checked = rows_of(
        database,
        "select simulation_year, count(*) as laws, sum(violations) as violations from fct_law_checks group by all"
        " order by all",
    )
    assert checked == [
        {"simulation_year": world.first_year + n, "laws": LAWS, "violations": 0} for n in range(world.years)
    ]
    shown = rows_of(
        database,
        "with snapshot as (from fct_workforce_snapshot), events as (from fct_yearly_events)"
        f" select {world.shows} as met",
    )
    assert shown[0]["met"], f"the world does not show what it is for: {world.shows}"
    return database


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (Match, "family"),
        (Match, "formula"),
        (Core, "type"),
        (Vesting, "match_schedule"),
        (Vesting, "core_schedule"),
        (Eligibility, "entry_dates"),
        (Eligibility, "compensation"),
        (Entry, "compensation"),
        (Plan, "service_completed"),
        (Plan, "last_day_counts"),
        (AutoEnrollment, "scope"),
        (AutoEnrollment, "enabled"),
        (Escalation, "scope"),
        (Deferral, "roth_available"),
        (Promotion, "raise_distribution"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_worlds_meet_every_choice(section: type[Any], name: str) -> None:
    annotation = section.model_fields[name].annotation
    offered = {True, False} if annotation is bool else set(get_args(annotation))
    met = {getattr(found, name) for world in WORLDS for found in sections(world.settings(), section)}
    assert offered <= met, f"no world has {name} {offered - met}"


def test_every_core_type_is_met_with_and_without_permitted_disparity() -> None:
    met = {(w.plan.core.type, w.plan.core.permitted_disparity.enabled) for w in (world.settings() for world in WORLDS)}
    types = set(get_args(Core.model_fields["type"].annotation))
    assert met == {(kind, enabled) for kind in types for enabled in (True, False)} - {("none", True)}


def sections(settings: Any, wanted: type[Any]) -> Iterator[Any]:
    if isinstance(settings, wanted):
        yield settings
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if hasattr(type(value), "model_fields"):
            yield from sections(value, wanted)
