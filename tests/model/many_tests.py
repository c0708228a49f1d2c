"""The nondiscrimination tests of small made-up groups of people, hundreds in one statement, held to the oracle's."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import load_assumptions, time_limit
from tests.model.many_groups import fill
from tests.model.many_people import YEAR, at_bounds, before_of, money, people_of, plan_of
from tests.mutation.rendering import Project
from tests.oracle.ndt import tests_of_year
from tests.oracle.ndt_comparison import by_test, differences
from tests.oracle.ndt_people import Plan, Someone, someone

PLANS, CELLS_OF_A_PLAN = 60, 4
CHAIN = (
    "int_ndt_exemptions", "int_ndt_people", "int_ndt_core_rates", "int_ndt_groups", "int_ndt_core",
    "int_ndt_deferral_averages", "int_ndt_representative", "int_ndt_deferrals_cut", "int_ndt_match_averages",
    "int_ndt_match_cut", "int_ndt_results", "int_ndt_by_person",
    "fct_ndt_person",
)  # fmt: skip
"""What the tests are made of, in the order of building."""

TESTS = (*CHAIN[1:], "fct_ndt_test")
"""All models of the tests."""

OF_CONTRIBUTIONS = ("match_compensation", "matched_deferrals")
"""What the snapshot does not say."""

YEAR_BEFORE = {"int_ndt_people": ("3 * deferral_cents as deferral_cents",)}
"""What was otherwise in the year before."""

Row = dict[str, Any]


@cache
def _known() -> tuple[duckdb.DuckDBPyConnection, list[list[Row]]]:
    """A database with the people of every group, and what the true models find, which is what the oracle finds."""
    draw, connection, project = random.Random(YEAR), duckdb.connect(), Project.read(dbt_project_dir())
    drawn = [plan for plan in (plan_of(draw) for _ in range(PLANS)) for _ in range(CELLS_OF_A_PLAN)]
    chosen = [*((plan, list(people_of(draw, plan)), list(before_of(draw))) for plan in drawn), *at_bounds()]
    plans, rows, before = [one for one, _, _ in chosen], [one for _, one, _ in chosen], [one for _, _, one in chosen]
    for (_, table), columns in project.described.sources.items():
        connection.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    cells = [Cell(number, plan.settings) for number, plan in enumerate(plans)]
    load_cells(connection, project.described, cells, [YEAR])
    load_assumptions(connection, plans[0].settings, dbt_project_dir() / "seeds")
    _fill(connection, plans, rows, before)
    found = _built(connection, project)
    wrong = []
    for cell, plan in enumerate(plans):
        tests, persons = tests_of_year([someone(row, plan) for row in rows[cell]], plan, dict(before[cell]))
        of_cell = [[row for row in table if row["cell"] == cell] for table in found]
        wrong += differences(cell, of_cell[0], tests)
        wrong += differences(cell, [part for row in of_cell[1] for part in by_test(row)], persons)
    assert not wrong, "\n".join([f"{len(wrong)} differences", *wrong[:20]])
    return connection, found


def _fill(
    connection: duckdb.DuckDBPyConnection, plans: Sequence[Plan], rows: Sequence[Sequence[Row]], before: Sequence[Any]
) -> None:
    """The tables that the tests read."""
    everybody = [
        {"cell": cell, "person_key": 100 * cell + place, **row}
        for cell, of_cell in enumerate(rows)
        for place, row in enumerate(of_cell)
    ]
    known = {row["person_key"]: someone(row, plans[row["cell"]]) for row in everybody}
    keys = [{name: row[name] for name in ("cell", "person_key", "simulation_year")} for row in everybody]
    _insert(connection, "fct_workforce_snapshot", [
        {name: value for name, value in row.items() if name not in OF_CONTRIBUTIONS}
        | {"total_employer_contributions": row["employer_match"] + row["employer_core"]}
        for row in everybody
    ])  # fmt: skip
    fill(connection, "fct_employee_contributions", [row | _room(row, plans[row["cell"]]) for row in everybody])
    fill(connection, "fct_employer_match", [key | _standing(known[key["person_key"]]) for key in keys])
    fill(
        connection, "fct_employer_core", [key | {"ineligible_reason": known[key["person_key"]].no_core} for key in keys]
    )
    for table in (
        "fct_workforce_snapshot", "fct_employee_contributions", "fct_employer_match", "fct_employer_core",
    ):  # fmt: skip
        _add_the_year_before(connection, table)
    limits = plans[0].limits
    amounts = {
        "compensation_limit": limits.compensation,
        "annual_additions_limit": limits.annual_additions,
        "social_security_wage_base": limits.wage_base,
    }
    of_year = {"simulation_year": YEAR, **{name: money(amount) for name, amount in amounts.items()}}
    fill(connection, "int_plan_year_limits", [{"cell": cell, **of_year} for cell in range(len(plans))])
    averages = [
        {
            "cell": cell,
            "simulation_year": YEAR - 1,
            "test": test,
            "test_group": group,
            "n_nhce": nhces,
            "n_hce": hces,
            "nhce_average_of_year": money(average) if nhces else None,
        }
        for cell, known_before in enumerate(before)
        for (test, group), (nhces, hces, average) in known_before
    ]
    _insert(connection, "fct_ndt_test", averages)


def _add_the_year_before(connection: duckdb.DuckDBPyConnection, table: str, *changes: str) -> None:
    """The same rows again, but for changes, which the year must leave alone."""
    replaced = ", ".join(("simulation_year - 1 as simulation_year", *changes))
    connection.execute(f"insert into {table} by name select * replace ({replaced}) from {table}")


def _room(row: Row, plan: Plan) -> Row:
    """The most that may be catch-up."""
    must_be_roth = (row["prior_year_compensation"] or 0) > (plan.limits.roth_catch_up_wages or 0)
    may = plan.terms.roth_available or not must_be_roth
    return {"catch_up_limit": money(plan.limits.catch_up_for(YEAR - row["birth_date"].year) if may else 0)}


def _standing(person: Someone) -> Row:
    standing = person.standing
    return {
        "ineligible_reason": person.no_match,
        "points": standing.measure("points"),
        "service_years": standing.service,
    }


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    connection.register("given", pa.Table.from_pylist(rows))
    connection.execute(f"insert into {table} by name from given")


def _built(connection: duckdb.DuckDBPyConnection, project: Project) -> list[list[Row]]:
    """The rows of the tests and of the people."""
    nodes = project.render({"start_year": YEAR, "simulation_year": YEAR, "census_path": ""})
    for name in CHAIN:
        connection.execute(f"create or replace table {name} as {nodes[name].sql}")
        if nodes[name].materialized == "incremental":
            _add_the_year_before(connection, name, *YEAR_BEFORE.get(name, ()))
    people = f"select * from fct_ndt_person where simulation_year = {YEAR} order by cell, employee_id"
    tests = f"select * from ({nodes['fct_ndt_test'].sql}) order by cell, test, test_group"
    return [_rows(connection.execute(query)) for query in (tests, people)]


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def tests_are_those_of_the_law(project: Project) -> bool:
    """Whether the models find what the true ones find, for every group."""
    connection, found = _known()
    with time_limit(connection):
        return _built(connection, project) == found


def the_law_of_the_tests_holds(project: Project) -> bool:
    """Whether law 11 has nothing against the tests of any group."""
    connection, _ = _known()
    nodes = project.render({"start_year": YEAR, "simulation_year": YEAR, "census_path": ""})
    with time_limit(connection):
        _built(connection, project)
        connection.execute("begin")
        try:
            connection.execute(f"insert into fct_ndt_test by name {nodes['fct_ndt_test'].sql}")
            found = connection.execute(f"select * from ({nodes['law_11_testing'].sql})").fetchall()
        finally:
            connection.execute("rollback")
    return not found
