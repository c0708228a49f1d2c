"""The dollar limits of years to come, for rates of growth at which one of them reaches a multiple, or just does not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import duckdb

from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.reports.plan_arithmetic import INDEXING
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import load_assumptions, settings_with
from tests.mutation.rendering import Project
from tests.oracle.exact import exact
from tests.oracle.limits import COLUMNS, Limits, LimitTable
from tests.oracle.published import PUBLISHED

LAST = max(PUBLISHED)
YEARS = range(LAST, LAST + 4)
SHORT = Fraction(3, 2_000_000_000)
"""Of a multiple: more than the hair that the model adds, so that a limit stays below it."""

OWN = {"elective_deferral": 9_000, "catch_up": 8_123, "annual_additions": 80_000, "wage_base": 184_650}
"""Amounts for the last published year that are not those known before rounding; two are no multiples."""

Row = tuple[Any, ...]


def _rates(published: Limits) -> Iterator[float]:
    """Rates at which a limit reaches its next multiple in one, two or three years, and a hair less."""
    yield 0.0
    for name, column in COLUMNS.items():
        rule, amount = INDEXING[column], getattr(published, name)
        base = Fraction(rule.unrounded) if rule.rounded(Fraction(rule.unrounded)) == amount else amount
        half = Fraction(rule.multiple, 2) if rule.nearest else 0
        reached = rule.rounded(base) + rule.multiple - half
        for years in range(1, len(YEARS)):
            for wanted, round_off in ((reached, math.ceil), (reached - SHORT * rule.multiple, math.floor)):
                growth = (float(wanted / base)) ** (1 / years) - 1
                yield round_off(growth * 10**14) / 10**14


@cache
def _known(*own: tuple[str, int]) -> tuple[duckdb.DuckDBPyConnection, dict[int, list[Row]]]:
    """A database with a cell for each rate, and the limits of the law by year."""
    last = replace(PUBLISHED[LAST], **{name: Fraction(amount) for name, amount in own})
    of_last = {"limit_year": LAST, **{COLUMNS[name]: amount for name, amount in own}}
    changes: Mapping[str, Any] = {"assumptions__overrides": {"irs_limits": [of_last]}} if own else {}
    rates = sorted({rate for rate in _rates(last) if 0 <= rate <= 0.2})
    years = {"simulation__start_year": YEARS[0], "simulation__end_year": YEARS[-1]}
    pairs = list(zip(rates, reversed(rates), strict=True))
    chosen = [
        settings_with(
            **years, **changes, plan__compliance={"irs_indexation_rate": prices, "wage_base_growth_rate": wages}
        )
        for prices, wages in pairs
    ]
    connection, seeds = duckdb.connect(), dbt_project_dir() / "seeds"
    load_assumptions(connection, chosen[0], seeds)
    load_cells(connection, Project.read(seeds.parent).described, [Cell(*one) for one in enumerate(chosen)], YEARS)
    tables = [LimitTable(PUBLISHED | {LAST: last}, exact(prices), exact(wages)) for prices, wages in pairs]
    return connection, {year: [_row(table, year) for table in tables] for year in YEARS}


def _row(table: LimitTable, year: int) -> Row:
    of_year = [getattr(table.of(year), name) for name in COLUMNS if name != "hce_compensation"]
    return year > LAST, *of_year, table.of(year - 1).hce_compensation


def limits_are_those_of_the_law(project: Project) -> bool:
    """Whether the model finds the limits that the oracle finds, for every rate, year and table."""
    names = ", ".join(column for column in COLUMNS.values() if column != "hce_compensation")
    query = f"select is_estimated, {names}, hce_compensation_last_year from ({{}}) order by cell"
    for connection, by_year in (_known(), _known(*OWN.items())):
        for year, expected in by_year.items():
            nodes = project.render({"start_year": YEARS[0], "simulation_year": year, "census_path": ""})
            if connection.execute(query.format(nodes["int_plan_year_limits"].sql)).fetchall() != expected:
                return False
    return True
