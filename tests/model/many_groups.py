"""The general test of small groups of people, hundreds in one statement, held to the oracle's."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import settings_with
from tests.model.bands import steps
from tests.mutation.rendering import Project
from tests.oracle.exact import exact
from tests.oracle.ndt_amounts import general_test, safe_core
from tests.oracle.ndt_coverage import (
    Allocated,
    allocation_rate,
    average_benefit,
    benefit_rate,
    imputed_rate,
    lowest_group,
)
from tests.oracle.ndt_people import Plan
from tests.oracle.published import LIMITS

YEAR = 2025
CHAIN = ("int_ndt_core_rates", "int_ndt_core")
PLENTY, TOO_LITTLE, NOTHING = (7000, 10_000), (6999, 10_000), (7000, 0)
"""Mean benefits of NHCEs and of HCEs in hundredths of a point: 70%, less, and nothing to compare."""

KEYS = ("cell", "person_key", "simulation_year")
OF_SNAPSHOT = ("age", "prorated_annual_compensation")
"""What the tests read of the snapshot."""

NO_LIMIT = 10**9

Someone = tuple[bool, int, int, int, int]
"""Whether highly compensated, age, and in cents: core, pay in the plan, pay of the year."""


@dataclass(frozen=True)
class Group:
    """People tested together."""

    people: tuple[Someone, ...]
    benefits: tuple[int, int]

    @property
    def sides(self) -> tuple[int, int]:
        """How many are NHCEs and HCEs."""
        hce = sum(is_hce for is_hce, *_ in self.people)
        return len(self.people) - hce, hce

    def allocated(self) -> list[Allocated]:
        """The people as the oracle has them."""
        return [
            Allocated(is_hce, age, *(Fraction(cents, 100) for cents in money)) for is_hce, age, *money in self.people
        ]


OPEN = {"require_employment_on_last_day": False, "minimum_hours": 0}
STEEP = steps((0, 0.01), (5, 0.03))
SCHEDULES = {
    "graded_by_service": (
        steps((0, 0.03), (6, 0.045), (11, 0.065)),
        steps((0, 0.03), (5, 0.045), (10, 0.065)),
        steps((0, 0.03), (4, 0.045), (9, 0.065)),
        steps((0, 0.03), (7, 0.045), (12, 0.065)),
        steps((0, 0.03), (6, 0.045), (11, 0.065), (17, 0.07)),
        steps((0, 0.03), (6, 0.045), (11, 0.0675), (16, 0.08)),
        steps((0, 0.03), (6, 0.045), (11, 0.0676), (16, 0.08)),
        steps((0, 0.02), (5, 0.04)),
        steps((0, 0.06), (5, 0.11)),
        steps((0, 0.06), (5, 0.1101)),
        steps((0, 0.03), (5, 0.03)),
        steps((0, 0.03)),
    ),
    "age_bands": (
        steps((0, 0.03), (25, 0.04), (60, 0.05)),
        steps((0, 0.03), (26, 0.04), (27, 0.05)),
        steps((0, 0.03), (26, 0.04), (52, 0.05)),
        steps((0, 0.03), (26, 0.04), (53, 0.05)),
        steps((0, 0.03), (27, 0.04), (28, 0.05)),
    ),
    "points": (steps((0, 0.03), (40, 0.04), (55, 0.05)), steps((0, 0.03), (40, 0.04), (54, 0.05))),
}
"""Rates that rise smoothly at regular intervals, or nearly, by what they go by."""
DISPARITIES = tuple(
    {"enabled": enabled, "excess_rate": rate} for enabled, rate in ((True, 0.02), (True, 0), (False, 0.02))
)


def plans() -> list[tuple[Plan, list[Group]]]:
    """Plans, a cell each, with different annuities and wage bases, and the groups that are tested in each."""
    found = []
    for number, (kind, at_bounds) in enumerate({"graded_by_service": list(_at_bounds()), "points": []}.items()):
        plan = _plan(kind, STEEP, number)
        draw = random.Random(number)
        found.append((plan, [*at_bounds, *(_drawn(draw, int(100 * plan.limits.wage_base)) for _ in range(150))]))
    safe, draw = _plan("graded_by_service", SCHEDULES["graded_by_service"][0], eligibility=OPEN), random.Random(2)
    found.append((safe, [_drawn(draw, int(100 * safe.limits.wage_base)) for _ in range(150)]))
    schedules = [_plan(kind, bands) for kind, several in SCHEDULES.items() for bands in several]
    first = SCHEDULES["graded_by_service"][0]
    schedules += [_plan("graded_by_service", first, permitted_disparity=disparity) for disparity in DISPARITIES]
    return found + [(plan, [CLOSED]) for plan in schedules]


def _plan(kind: str, bands: list[dict[str, float]], number: int = 0, **core: Any) -> Plan:
    chosen = settings_with(
        simulation__start_year=YEAR,
        simulation__end_year=YEAR,
        plan__core={"type": kind, "bands": bands, **core},
        plan__vesting__core_schedule="immediate",
        plan__testing__annuity_factor=8 + number,
    )
    return Plan.of(chosen, LIMITS.of(YEAR + number), YEAR)


def _at_bounds() -> Iterator[Group]:
    """Shares exactly at what is needed, or at what opens the test by benefits, or short of it."""
    for nhce, reached, hce, benefits in (
        (10, 7, 1, TOO_LITTLE),
        (20, 6, 5, PLENTY),
        (20, 6, 5, TOO_LITTLE),
        (20, 6, 5, NOTHING),
        (80, 19, 8, PLENTY),
        (20, 9, 20, PLENTY),
    ):
        cores = [*([500_000] * reached), *([0] * (nhce - reached)), *([500_000] * hce)]
        yield Group(tuple((n >= nhce, 40, core, 10_000_000, 10_000_000) for n, core in enumerate(cores)), benefits)
    for core, hce_core in ((200_000, 2_400_000), (199_999, 2_400_000), (199_999, 600_000), (199_999, 600_400)):
        yield Group(
            (*([(False, 25, core, 4_000_000, 4_000_000)] * 3), (True, 65, hce_core, 4_000_000, 4_000_000)), PLENTY
        )


CLOSED = Group(((False, 25, 199_999, 4_000_000, 4_000_000), (True, 65, 2_400_000, 4_000_000, 4_000_000)), PLENTY)
"""It passes by benefits, but the gateway is closed."""


def _drawn(draw: random.Random, wage_base: int) -> Group:
    """People of few ages, pays and shares of pay, a cent more or less, so that many are equal or nearly."""
    top = draw.choice((1000, 2000, 6000))
    people = []
    for _ in range(draw.randrange(1, 14)):
        is_hce = draw.random() < 0.3
        pay = draw.choice((0, 100, 4_000_000, wage_base, wage_base + 1, 25_000_000))
        share = draw.choice((0, 1, 300, 800, top // 3, top) if is_hce else (0, 100, 300, 500, 640, top // 3))
        core = max(0, pay * share // 10_000 + draw.choice((0, 0, -1, 1)))
        people.append((is_hce, draw.choice((25, 40, 55, 65, 66)), core, pay, pay + draw.choice((0, 0, 1, pay))))
    return Group(tuple(people), draw.choice((PLENTY, TOO_LITTLE)))


def _rates(plan: Plan, group: Group) -> Iterator[tuple[Fraction, ...]]:
    annuity = exact(plan.settings.plan.testing.annuity_factor)
    for person in group.allocated():
        imputed = imputed_rate(person, plan.limits.wage_base, safe_core(plan, "all"))
        yield 100 * allocation_rate(person), 100 * imputed, 1000 * benefit_rate(person, annuity)


def _outcome(plan: Plan, group: Group) -> tuple[str, bool, Fraction | None]:
    (nhce, hce), people = group.sides, group.allocated()
    means = (Fraction(mean, 100) if side else None for mean, side in zip(group.benefits, group.sides, strict=True))
    row = {"test_group": "all", "n_nhce": nhce, "n_hce": hce, "average_benefit": average_benefit(*means)}
    basis, rates, passed = general_test(people, plan, row)
    worst = lowest_group([(person.hce, rate) for person, rate in zip(people, rates, strict=True)])
    return basis, passed, None if worst is None or basis == "uniform_points" else 100 * worst


@cache
def _known() -> tuple[duckdb.DuckDBPyConnection, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """A database with the people of every group, the rates that the oracle finds, and its outcomes."""
    connection, chosen = duckdb.connect(), plans()
    people: list[dict[str, Any]] = []
    coverage: list[dict[str, Any]] = []
    for cell, (_, groups) in enumerate(chosen):
        for number, group in enumerate(groups):
            place = {"cell": cell, "test_group": f"{number:03d}"}
            people += [place | _row(someone) for someone in group.people]
            sums = {"core_nhce": group.sides[0], "core_hce": group.sides[1]}
            for side, mean, size in zip(("nhce", "hce"), group.benefits, group.sides, strict=True):
                sums |= {f"deferrals_{side}": size, f"{side}_benefits": mean * size}
            coverage.append(place | sums)
    limits = [
        {"cell": n, "social_security_wage_base": int(plan.limits.wage_base), "compensation_limit": NO_LIMIT}
        for n, (plan, _) in enumerate(chosen)
    ]
    keyed = [{"person_key": key} | person for key, person in enumerate(people)]
    fill(connection, "int_ndt_people", [{name: row[name] for name in row if name not in OF_SNAPSHOT} for row in keyed])
    fill(
        connection, "fct_workforce_snapshot",
        [{name: row[name] for name in (*KEYS, *OF_SNAPSHOT)} for row in keyed],
    )  # fmt: skip
    fill(connection, "int_ndt_groups", coverage)
    fill(connection, "int_plan_year_limits", limits)
    reasons = [
        {"cell": row["cell"], "test_group": row["test_group"], "adp_exempt_reason": chosen[row["cell"]][0].free.adp}
        for row in coverage
    ]
    fill(connection, "int_ndt_exemptions", reasons)
    cells = [Cell(number, plan.settings) for number, (plan, _) in enumerate(chosen)]
    load_cells(connection, Project.read(dbt_project_dir()).described, cells, [YEAR])
    every = [(plan, group) for plan, groups in chosen for group in groups]
    return connection, [rate for pair in every for rate in _rates(*pair)], [_outcome(*pair) for pair in every]


def _row(someone: Someone) -> dict[str, Any]:
    is_hce, age, core, pay, pay_of_year = someone
    of_snapshot = {"age": age, "prorated_annual_compensation": Decimal(pay_of_year) / 100}
    tested = {"is_hce": is_hce, "core_cents": core, "pay_cents": pay, "is_nonexcludable_for_core": True}
    return {"simulation_year": YEAR} | of_snapshot | tested


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Create a table of rows."""
    connection.register("given", pa.Table.from_pylist(rows))
    connection.execute(f"create table {table} as from given")


def general_tests_are_those_of_the_law(project: Project) -> bool:
    """Whether the model finds the rates and the outcomes that the oracle finds, for every group."""
    connection, rates, outcomes = _known()
    nodes = project.render({"start_year": YEAR, "simulation_year": YEAR, "census_path": ""})
    for name in CHAIN:
        connection.execute(f"create or replace table {name} as {nodes[name].sql}")
    by_person = "select allocation, imputed, benefit_thousandths from int_ndt_core_rates order by person_key"
    by_group = "select basis, passes, ratio_percentage from int_ndt_core order by cell, test_group"
    return connection.execute(by_person).fetchall() == rates and connection.execute(by_group).fetchall() == outcomes
