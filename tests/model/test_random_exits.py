"""Random exits vary as they should, and quota ones not at all: four hundred seeds, each a cell of one pass."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, pvariance

import duckdb
import pytest

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import EVENT_GENERATION, FOUNDATION, INITIALIZATION
from planalign_orchestrator.warehouse import load_table
from tests.engine import Engine, rows_of, settings_with
from tests.model.people import census_of

SEEDS, PEOPLE = 400, 120
EXITS = """
    select needs.cell, needs.planned_exits, needs.exits_are_random,
        (select count(*) from int_termination_events as left_ where left_.cell = needs.cell) as exits,
        (select count(*) from int_new_hire_termination_events as left_ where left_.cell = needs.cell) as new_hire_exits,
        needs.opening_headcount, needs.hires, needs.new_hire_exits as new_hire_quota
    from int_workforce_needs as needs order by needs.cell
"""
CHANCES = """
    select sum(p) as mean, sum(p * (1 - p)) as variance from (
        select exit_probability as p from int_exit_forces where cell = 1)
"""


@pytest.fixture(scope="module")
def database(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exits of one year: seeds from 1 on at random, and the same seeds by quota."""
    folder = tmp_path_factory.mktemp("seeds")
    census, path = census_of(folder, PEOPLE, 2025), folder / "simulation.duckdb"
    cells = [
        Cell(
            seed + (0 if exits == "random" else SEEDS),
            settings_with(simulation__end_year=2025, simulation__random_seed=seed, workforce__exits=exits),
        )
        for exits in ("random", "quota")
        for seed in range(1, SEEDS + 1)
    ]
    with duckdb.connect(str(path)) as connection:
        for name, table in effective_assumptions(cells[0].settings, dbt_project_dir() / "seeds").items():
            types = engine.builder.project.seeds[name]
            load_table(connection, name, {column: types[column] for column in table.columns}, table.rows)
        load_cells(connection, engine.builder.project, cells, [2025])
    for stage in (INITIALIZATION, FOUNDATION, EVENT_GENERATION):
        engine.build(stage, census, path, 2025, 2025)
    return path


@pytest.mark.slow
def test_random_exits_have_the_mean_and_variance_of_independent_chances(database: Path) -> None:
    rows = [row for row in rows_of(database, EXITS) if row["exits_are_random"]]
    (chances,) = rows_of(database, CHANCES)
    exits = [row["exits"] for row in rows]
    assert len(rows) == SEEDS and chances["mean"] == pytest.approx(PEOPLE * 0.12, abs=1e-9)
    # Five standard errors: of a mean, and of a variance of nearly normal counts.
    assert fmean(exits) == pytest.approx(chances["mean"], abs=5 * (chances["variance"] / SEEDS) ** 0.5)
    assert pvariance(exits) == pytest.approx(chances["variance"], rel=5 * (2 / SEEDS) ** 0.5)
    new = [row["new_hire_exits"] - row["new_hire_quota"] for row in rows]
    assert abs(fmean(new)) < 0.5 and pvariance(new) > 0.5


@pytest.mark.slow
def test_hires_make_up_for_what_really_left(database: Path) -> None:
    for row in rows_of(database, EXITS):
        assert row["hires"] - row["new_hire_quota"] == max(124 - row["opening_headcount"] + row["exits"], 0)


@pytest.mark.slow
def test_quotas_do_not_vary(database: Path) -> None:
    rows = [row for row in rows_of(database, EXITS) if not row["exits_are_random"]]
    assert len(rows) == SEEDS
    assert {(row["exits"], row["new_hire_exits"], row["hires"]) for row in rows} == {(14, 3, 21)}
