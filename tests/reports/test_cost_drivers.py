"""What limits take of the cost is a step of the bridge: on pay, on deferrals, with catch-up, and on all money."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from planalign_orchestrator.reports.marts import Driver, cost_drivers
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.warehouse import fetch_dicts

TABLES = {
    "fct_workforce_snapshot": ("employer_match", "employer_core"),
    "fct_employee_contributions": (
        "prorated_annual_compensation", "plan_compensation", "is_limited_by_401a17", "elected_deferral",
        "employee_contributions", "catch_up_contributions", "matched_deferrals", "match_compensation",
    ),
    "fct_employer_match": ("match_before_limit", "points", "service_years", "ineligible_reason"),
    "fct_employer_core": ("core_before_limit",),
}  # fmt: skip
SETTINGS = {
    "match_family": "deferral_tiers", "match_counts_catch_up": True, "match_maximum_rate": None,
    "match_maximum_amount": None,
}  # fmt: skip
PERSON: dict[str, Any] = {
    "prorated_annual_compensation": 100_000, "plan_compensation": 100_000, "match_compensation": 100_000,
    "is_limited_by_401a17": False, "elected_deferral": 4_000, "employee_contributions": 4_000,
    "matched_deferrals": 4_000, "catch_up_contributions": 0, "match_before_limit": 2_000, "employer_match": 2_000,
    "core_before_limit": 2_000, "employer_core": 2_000, "points": 50, "service_years": 5, "ineligible_reason": None,
}  # fmt: skip
"""Half of the deferral up to 6% of pay, and a core of 2%."""
LIMITED = {
    # Of 23 500 half of 6% of 350 000 is matched, 10 500; of 6% of 400 000 it would be half of all.
    "pay": (
        {
            "prorated_annual_compensation": 400_000, "plan_compensation": 350_000, "match_compensation": 350_000,
            "is_limited_by_401a17": True, "elected_deferral": 23_500, "employee_contributions": 23_500,
            "matched_deferrals": 23_500, "match_before_limit": 10_500, "employer_match": 10_500,
            "core_before_limit": 7_000, "employer_core": 7_000,
        },
        {},
        (11_750, 8_000),
    ),
    # Elects 30 000 and may defer 23 500; 6% of pay is 30 000: half of it are 15 000.
    "deferrals": (
        {
            "prorated_annual_compensation": 500_000, "plan_compensation": 500_000, "match_compensation": 500_000,
            "elected_deferral": 30_000, "employee_contributions": 23_500, "matched_deferrals": 23_500,
            "match_before_limit": 11_750, "employer_match": 11_750, "core_before_limit": 10_000,
            "employer_core": 10_000,
        },
        {},
        (15_000, 10_000),
    ),
    # Far past what is matched: the limit on deferrals takes nothing of the match.
    "deferrals that are not matched": (
        {
            "elected_deferral": 30_000, "employee_contributions": 23_500, "matched_deferrals": 23_500,
            "match_before_limit": 3_000, "employer_match": 3_000,
        },
        {},
        (3_000, 2_000),
    ),
    "catch-up that is not matched": (
        {
            "elected_deferral": 5_000, "employee_contributions": 5_000, "catch_up_contributions": 1_500,
            "matched_deferrals": 3_500, "match_before_limit": 1_750, "employer_match": 1_750,
        },
        {"match_counts_catch_up": False},
        (2_500, 2_000),
    ),
    # Core 1 500 and match 500 are above 415(c).
    "all money": ({"employer_match": 1_500, "employer_core": 500}, {}, (2_000, 2_000)),
    "deferrals, up to the most that the plan pays": (
        {
            "elected_deferral": 6_000, "employee_contributions": 4_000, "matched_deferrals": 4_000,
        },
        {"match_maximum_amount": 2_400},
        (2_400, 2_000),
    ),
}  # fmt: skip


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        yield found


@pytest.mark.parametrize(("person", "settings", "without"), LIMITED.values(), ids=LIMITED)
def test_limits_are_a_step_of_their_own(
    connection: duckdb.DuckDBPyConnection, person: dict[str, Any], settings: dict[str, Any], without: tuple[int, int]
) -> None:
    limited, free = {**PERSON, **person}, dict(PERSON)
    drivers = _drivers(connection, {2025: [limited, free], 2026: [free, free]}, {**SETTINGS, **settings})
    got = limited["employer_match"] + limited["employer_core"] + 4_000
    assert drivers["Limits"].before == Fraction(got, sum(without) + 4_000)
    assert drivers["Limits"].after == 1
    assert drivers["Deferral rate"].before == Fraction(
        limited["elected_deferral"] + 4_000, limited["prorated_annual_compensation"] + 100_000
    )
    assert sum(driver.effect for driver in drivers.values()) == (8_000 - got) * 100


def _drivers(
    connection: duckdb.DuckDBPyConnection, people: dict[int, list[dict[str, Any]]], settings: dict[str, Any]
) -> dict[str, Driver]:
    for table, columns in TABLES.items():
        rows = [
            {"cell": 1, "person_key": i, "simulation_year": year, **{name: _sql(one[name]) for name in columns}}
            for year, listed in people.items()
            for i, one in enumerate(listed)
        ]
        _create(connection, table, rows)
    _create(connection, "cells", [{"cell": 1, "simulation_year": year, **settings} for year in people])
    tier = {"minimum": 0, "below": 9999, "deferral_from": Decimal("0.0000"), "deferral_to": Decimal("0.0600")}
    tier["match_rate"] = Decimal("0.5000")
    _create(connection, "match_tiers", [{"cell": 1, "simulation_year": year, **tier} for year in people])
    results = SimpleNamespace(
        summary=[{"simulation_year": year, "forfeitures_used": Decimal(0)} for year in people],
        slow_query=lambda sql, given: fetch_dicts(connection, sql, given),
    )
    return {driver.name: driver for driver in cost_drivers(cast(RunResults, results), *people)}


def _sql(value: Any) -> Any:
    return Decimal(f"{value}.00") if isinstance(value, int) and not isinstance(value, bool) else value


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    columns = [", ".join(f"? as {name}" for name in row) for row in rows]
    values = [value for row in rows for value in row.values()]
    connection.execute(f"create table {table} as {' union all '.join(f'select {one}' for one in columns)}", values)
