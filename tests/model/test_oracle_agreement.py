"""The engine against the oracle: every person-year of a run, recomputed from the census and the events, to the cent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine, settings_with
from tests.oracle.comparison import Disagreement, FinishedRun
from tests.oracle.event_log import compare_events
from tests.strategies import World, worlds, write_census

Simulate = Callable[[World], FinishedRun]

SHOWN = 20


def seeds() -> Path:
    """The folder of the bundled assumption tables."""
    return dbt_project_dir() / "seeds"


def report(found: list[Disagreement]) -> str:
    """The first disagreements, one a line."""
    return "\n".join([f"{len(found)} disagreements", *map(str, found[:SHOWN])])


@pytest.fixture(scope="session")
def finished_run(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """Three years of the default plan on the synthetic census."""
    chosen = settings_with(simulation__start_year=2025, simulation__end_year=2027)
    database = engine.simulate(chosen, small_census, tmp_path_factory.mktemp("agreement"))
    return FinishedRun(database, chosen, small_census, seeds())


@pytest.fixture(scope="session")
def simulate(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Simulate:
    """Runs a generated world, the census through the real intake."""

    def run(world: World) -> FinishedRun:
        folder = tmp_path_factory.mktemp("world")
        chosen = Settings.model_validate(world.overrides)
        as_of = dt.date(chosen.simulation.start_year - 1, 12, 31)
        written = write_census(world.census, folder / "census.csv")
        census = folder / "census.parquet"
        read_census(written, as_of=as_of, output=census)
        return FinishedRun(engine.simulate(chosen, census, folder), chosen, census, seeds())

    return run


def test_every_person_year_of_a_run_agrees(finished_run: FinishedRun) -> None:
    found = finished_run.compare()
    assert not found, report(found)


def test_every_event_of_a_run_was_foretold(finished_run: FinishedRun) -> None:
    found = compare_events(finished_run.database, finished_run.settings, finished_run.census_parquet)
    assert not found, report(found)


def agree(simulate: Simulate, world: World) -> None:
    """Run a world and hold it against the oracle, the money first and then what was to happen at all."""
    run = simulate(world)
    found = run.compare() or compare_events(run.database, run.settings, run.census_parquet)
    assert not found, report(found)


generated = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.slow
@settings(generated, max_examples=4)
@given(world=worlds(max_years=2, max_size=60))
def test_a_few_random_plans_agree(simulate: Simulate, world: World) -> None:
    agree(simulate, world)


@pytest.mark.nightly
@settings(generated, max_examples=300)
@given(world=worlds())
def test_hundreds_of_random_plans_agree(simulate: Simulate, world: World) -> None:
    agree(simulate, world)
