"""The headcount follows its path whatever its size: rounding never restarts, and small parts come due in the end."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import duckdb
import pytest

from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.model.project import Project, Renderer
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import settings_with
from tests.oracle.exact import round_half_up

SIZES = (1, 4, 10, 16, 17, 50, 100_000)
FIRST, YEARS = 2025, 10
LEVELS = "1 + " + " + ".join(f"(number % 20 >= {start})::integer" for start in (10, 13, 16, 19))
MODELS = ("int_planned_exits", "int_exit_forces", "int_workforce_needs", "fct_headcount_path", "fct_hires_by_level")


@pytest.fixture(scope="module")
def planned() -> Iterator[duckdb.DuckDBPyConnection]:
    """Ten years of plans at the default rates, each size a cell; whoever the plan keeps opens the next year."""
    project = Project.read(dbt_project_dir())
    renderer = Renderer(project)
    years = range(FIRST, FIRST + YEARS)
    with duckdb.connect(config={"threads": 1}) as connection:
        cells = [Cell(number, settings_with(simulation__end_year=2034)) for number, _ in enumerate(SIZES, start=1)]
        load_cells(connection, project, cells, years)
        for (_, name), columns in project.sources.items():
            connection.execute(f"create table {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})")
        connection.execute("create table int_baseline_workforce (person_key integer)")
        connection.execute(
            "create table death_and_disability_rates (age int, death_rate double, disability_rate double)"
        )
        closing = dict(enumerate(SIZES, start=1))
        for year in years:
            parts = " union all ".join(
                f"select {cell} as cell, '' as unit, {LEVELS} as level_id, 1::double as turnover_weight,"
                " 0::double as retirement_force, -1 as opening_age, null::double as first_year_weight,"
                " null::date as known_termination_date,"
                " date '2000-01-01' as hire_date, 1 as random_seed, number::varchar as employee_id,"
                f" {cell} * 1000000 + number as person_key from range({heads}) as of_cell(number)"
                for cell, heads in closing.items()
            )
            connection.execute(f"create or replace table int_opening_workforce as {parts}")
            variables = {**project.variables, "start_year": FIRST, "simulation_year": year, "census_path": ""}
            models = renderer.render(variables)
            for name in MODELS:
                if name.startswith("fct_"):
                    connection.execute(f"insert into {name} by name ({models[name].sql})")
                else:
                    connection.execute(f"create or replace table {name} as {models[name].sql}")
            connection.execute(f"create table needs_{year} as from int_workforce_needs")
            found = connection.execute(
                "select cell, opening_headcount - experienced_exits + hires - new_hire_exits from int_workforce_needs"
            ).fetchall()
            closing = dict(found)
        connection.execute(f"create table needs as {' union all '.join(f'from needs_{year}' for year in years)}")
        yield connection


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "heads"), [*enumerate(SIZES, start=1)])
def test_the_closing_headcount_is_the_path_rounded(planned: duckdb.DuckDBPyConnection, cell: int, heads: int) -> None:
    found = planned.execute(
        "select target_headcount, opening_headcount - experienced_exits + hires - new_hire_exits from needs"
        f" where cell = {cell} order by simulation_year"
    ).fetchall()
    expected = [round_half_up(heads * Fraction(103, 100) ** year) for year in range(1, YEARS + 1)]
    assert found == [(target, target) for target in expected]


@pytest.mark.slow
def test_exits_and_hires_of_small_groups_come_due(planned: duckdb.DuckDBPyConnection) -> None:
    four = planned.execute("select experienced_exits from needs where cell = 2 order by simulation_year").fetchall()
    assert sum(exits for (exits,) in four[:5]) > 0
    for cell, _ in enumerate(SIZES, start=1):
        due, had = planned.execute(
            f"select sum(opening_headcount) * 0.12, sum(experienced_exits) from needs where cell = {cell}"
        ).fetchall()[0]
        assert abs(float(due) - had) <= 0.5
    fifty = planned.execute(
        "select level_id, sum(hires) from fct_hires_by_level where cell = 6 group by all"
    ).fetchall()
    assert {level for level, hires in fifty if hires > 0} == {1, 2, 3, 4, 5}
    owed = planned.execute("select max(abs(hires_owed)) from fct_hires_by_level").fetchall()[0][0]
    assert owed < 1
