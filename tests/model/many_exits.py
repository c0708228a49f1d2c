"""Exit forces of units of a few people, hundreds in one statement, held to the oracle's."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from functools import cache
from math import exp, isclose, log
from typing import Any

import duckdb

from tests.engine import time_limit
from tests.model.many_groups import fill
from tests.mutation.rendering import Project
from tests.oracle.dates import days_in_year, first_day
from tests.oracle.draws import draw
from tests.oracle.exits import Force, exit_probabilities, first_anniversary, turnover_factor
from tests.oracle.workforce import yearly_force

YEARS = (2025, 2028)
"""A common year after a leap year, and a leap year."""
SEED, UNITS = 42, 150

HEALTH = {20: (0.001, 0.0), 30: (0.0, 0.02), 66: (0.3, 0.1)}
"""The chances of dying and of becoming disabled, from an age on."""
AGES = (19, 20, 29, 30, 65, 66, 90)
WEIGHTS = (0, 0, 0.2, 1, 1.8)
RETIREMENTS = (0, 0, 0.1, 0.7)

Row = dict[str, Any]
Unit = tuple[Row, list[Row], dict[str, Force]]


def _units(year: int) -> Iterator[Unit]:
    """What is planned for a unit, its people, and their forces."""
    chance = random.Random(year)
    for number in range(UNITS):
        place = {"cell": number % 2, "unit": f"{number:04d}"}
        people = [place | _person(chance, year, f"{number:04d}-{n}") for n in range(chance.randrange(1, 7))]
        rate = chance.choice((0, 0.25, 0.9))
        forces = _forces(year, people, rate)
        expected = chance.choice(_bounds(forces))
        yield place | {"expected_exits": expected, "new_hire_termination_rate": rate}, people, forces


def _person(chance: random.Random, year: int, name: str) -> Row:
    notice = chance.choice(((year, 1, 1), (year, 12, 31), (year + 1, 1, 1))) if chance.random() < 0.15 else None
    is_new = notice is None and chance.random() < 0.3
    return {
        "employee_id": name,
        "random_seed": SEED,
        "opening_age": chance.choice(AGES),
        "known_termination_date": notice and dt.date(*notice),
        "hire_date": dt.date(year - 1, *chance.choice(((1, 1), (2, 28), (7, 1), (12, 31)))),
        "turnover_weight": 0.0 if notice else float(chance.choice(WEIGHTS)),
        "retirement_force": 0.0 if notice else -log(1 - chance.choice(RETIREMENTS)),
        "first_year_weight": float(chance.choice((0, 0, 1, 1.6))) if is_new else None,
    }


def _forces(year: int, people: list[Row], rate: float) -> dict[str, Force]:
    weights = [one["first_year_weight"] for one in people if one["first_year_weight"] is not None]
    speed = yearly_force(rate) * len(weights) / sum(weights) if any(weights) else 0.0
    return {one["employee_id"]: _force(year, one, speed) for one in people}


def _force(year: int, one: Row, speed: float) -> Force:
    weight, notice = one["first_year_weight"], one["known_termination_date"]
    days = 0 if weight is None else (first_anniversary(one["hire_date"]) - first_day(year)).days
    first = days / days_in_year(year)
    of_age = (HEALTH[age] for age in (66, 30, 20) if age <= one["opening_age"])
    rates = (0.0, 0.0) if notice else next(of_age, (0.0, 0.0))
    return Force(
        speed * (weight or 0) * first,
        one["retirement_force"] * (1 - first),
        one["turnover_weight"] * (1 - first),
        days,
        notice is not None and notice.year == year,
        *(-log(1 - rate) * (1 - first) for rate in rates),
    )


def _bounds(forces: dict[str, Force]) -> list[float]:
    """How many exits to expect: few, as many as leave in any case, all within reach, next to it on both sides, more."""
    open_ones = [force for force in forces.values() if not force.known]
    anyhow = sum(1 - exp(-force.whole(0)) for force in open_ones if force.turnover == 0)
    within = sum(force.turnover > 0 for force in open_ones)
    full, everybody = anyhow + within, float(len(open_ones))
    near = [full + distance for distance in (-3e-9, -1.5e-9, -0.2 if anyhow else -1e-9, -5e-10, 0.2)]
    middle = (anyhow + full) / 2
    return [max(0.0, exits) for exits in (0.0, anyhow - 1e-6, anyhow + 1e-6, middle, full, *near, everybody)]


def _foretold(year: int, planned: Row, people: list[Row], forces: dict[str, Force]) -> Iterator[tuple[float, ...]]:
    factor = turnover_factor(list(forces.values()), planned["expected_exits"])
    chances = exit_probabilities(forces, planned["expected_exits"])
    for one in people:
        force, chance = forces[one["employee_id"]], chances[one["employee_id"]]
        yield (
            draw(SEED, "termination", one["employee_id"], year),
            force.known,
            force.whole(factor),
            chance,
            *force.shares(factor, chance).values(),
            force.first_days,
            force.first_share(year, factor),
        )


@cache
def _known(year: int) -> tuple[duckdb.DuckDBPyConnection, list[tuple[float, ...]]]:
    """A database with people and plans of a year, and what the oracle says of everybody."""
    units, connection = list(_units(year)), duckdb.connect()
    people = [one for _, several, _ in units for one in several]
    fill(connection, "int_opening_workforce", [{"person_key": key} | one for key, one in enumerate(people)])
    fill(connection, "int_planned_exits", [planned for planned, _, _ in units])
    health = [{"age": age, "death_rate": one, "disability_rate": other} for age, (one, other) in HEALTH.items()]
    fill(connection, "death_and_disability_rates", health)
    return connection, [row for unit in units for row in _foretold(year, *unit)]


def exit_forces_are_those_of_the_methodology(project: Project) -> bool:
    """Whether the model finds the forces, chances and shares of causes that the oracle finds, for everybody."""
    shares = "retirement_share, death_share, disability_share, first_year_days, first_year_share"
    for year in YEARS:
        connection, expected = _known(year)
        sql = project.render({"start_year": year, "simulation_year": year, "census_path": ""})["int_exit_forces"].sql
        with time_limit(connection):
            columns = f"exit_draw, is_known_to_leave, exit_force, exit_probability, {shares}"
            found = connection.execute(f"select {columns} from ({sql}) order by person_key").fetchall()
        if len(found) != len(expected) or not all(map(_is_close, found, expected)):
            return False
    return True


def _is_close(found: tuple[float, ...], expected: tuple[float, ...]) -> bool:
    return all(
        one is not None and isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
        for one, other in zip(found, expected, strict=True)
    )
