"""An amendment changes its years as it says, and no year before; a department is laid off to the head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with
from tests.model.people import census_of

SUMMARY = "select * from fct_yearly_summary order by simulation_year"
SALES = """
    select simulation_year, opening_headcount, closing_headcount from fct_plan_by_group
    where group_type = 'department' and group_name = 'Sales' order by simulation_year
"""
GROUPS: dict[str, Any] = {"census__groups": ["Department"], "workforce__steered_by": "Department"}
LAYOFF = [{"value": "Sales", "target_growth_rate": -0.10}]
SCENARIOS: dict[str, list[dict[str, Any]]] = {
    "a hiring freeze": [{"from": 2027, "workforce": {"target_growth_rate": -0.12}}],
    "a layoff in one department": [
        {"from": 2026, "workforce": {"steered": LAYOFF}},
        {"from": 2027, "workforce": {"steered": []}},
    ],
    "growth by year": [
        {"from": 2026, "workforce": {"target_growth_rate": 0.1}},
        {"from": 2027, "workforce": {"target_growth_rate": -0.05}},
    ],
    "a richer match": [{"from": 2027, "plan": {"match": {"formula": "safe_harbor_enhanced"}}}],
}


@pytest.fixture(scope="module")
def databases(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each scenario, and the same without amendments under the name of ``base``."""
    folder = tmp_path_factory.mktemp("amended")
    census = census_of(folder, 150, 2025, in_departments=True)
    return {
        name: engine.simulate(
            settings_with(simulation__end_year=2027, amendments=amendments, **GROUPS), census, folder / name
        )
        for name, amendments in ({"base": []} | SCENARIOS).items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_years_before_are_as_without_it(databases: dict[str, Path], name: str) -> None:
    first = min(amendment["from"] for amendment in SCENARIOS[name])
    before = f"from fct_workforce_snapshot where simulation_year < {first} order by simulation_year, person_key"
    assert rows_of(databases[name], before) == rows_of(databases["base"], before)
    after, base = rows_of(databases[name], SUMMARY), rows_of(databases["base"], SUMMARY)
    assert after[first - 2025] != base[first - 2025]


@pytest.mark.slow
def test_headcounts_follow_what_is_in_force(databases: dict[str, Path]) -> None:
    closing = {name: [row["closing_headcount"] for row in rows_of(path, SUMMARY)] for name, path in databases.items()}
    opening = rows_of(databases["base"], SUMMARY)[0]["opening_headcount"]
    by_year = {"a hiring freeze": (1.03, 1.03, 0.88), "growth by year": (1.03, 1.1, 0.95), "base": (1.03, 1.03, 1.03)}
    for name, rates in by_year.items():
        path, expected = float(opening), []
        for rate in rates:
            path *= rate
            expected.append(int(path + 0.5))
        assert closing[name] == expected, name
    assert rows_of(databases["a hiring freeze"], SUMMARY)[2]["hires"] <= 1
    assert closing["a richer match"] == closing["base"] == closing["a layoff in one department"]


@pytest.mark.slow
def test_only_the_department_is_laid_off(databases: dict[str, Path]) -> None:
    (_, laid_off, _) = rows_of(databases["a layoff in one department"], SALES)
    assert laid_off["closing_headcount"] == int(laid_off["opening_headcount"] * 0.9 + 0.5)


@pytest.mark.slow
def test_a_richer_match_costs_more_from_its_year_on(databases: dict[str, Path]) -> None:
    richer, base = (rows_of(databases[name], SUMMARY) for name in ("a richer match", "base"))
    assert richer[2]["employer_match"] > base[2]["employer_match"]
