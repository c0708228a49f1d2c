"""From when on a match counts, and who is employed on the last day: the examples of methodology 6."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with, write_census
from tests.model.test_published_examples import person

A_YEAR = {"service": {"years": 1}}


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        # From the anniversary, April 1, on: 275 of 365 days of 3 650, by half.
        ({"entry": A_YEAR}, 1_375),
        # From the next entry date, July 1, on: 184 days.
        ({"entry": {**A_YEAR, "entry_dates": "semiannual"}}, 920),
        # Whoever has a year of service at the end of the year has the whole year's match.
        ({"eligibility": {"minimum_service_years": 1}}, 1_825),
    ],
)
def test_a_year_of_service_before_the_match(
    engine: Engine, tmp_path: Path, match: dict[str, Any], matched: int
) -> None:
    someone = person("A", "73000", "0.05", hire_date=dt.date(2024, 4, 1))
    assert match_of(engine, tmp_path, someone, {"match": match}) == matched


@pytest.mark.parametrize(("last_day_counts", "matched"), [(True, 1_825), (False, 0)])
def test_who_leaves_on_december_31_is_employed_on_it(
    engine: Engine, tmp_path: Path, last_day_counts: bool, matched: int
) -> None:
    leaver = person("A", "73000", "0.05", termination_date=dt.date(2025, 12, 31))
    assert match_of(engine, tmp_path, leaver, {"last_day_counts": last_day_counts}) == matched


@pytest.mark.parametrize(("completed", "matched"), [("day_before", 1_825), ("anniversary", 0)])
def test_a_year_is_complete_on_the_day_before_its_anniversary(
    engine: Engine, tmp_path: Path, completed: str, matched: int
) -> None:
    """Hired on January 1, 2024, with two years on December 31, 2025."""
    someone = person("A", "73000", "0.05", hire_date=dt.date(2024, 1, 1))
    plan = {"service_completed": completed, "match": {"eligibility": {"minimum_service_years": 2}}}
    assert match_of(engine, tmp_path, someone, plan) == matched


def match_of(engine: Engine, folder: Path, someone: dict[str, Any], plan: dict[str, Any]) -> Any:
    """The match of 2025 of one whose pay stays the same."""
    chosen = settings_with(
        simulation__end_year=2025, workforce__target_growth_rate=0, workforce__total_termination_rate=0,
        compensation__minimum_service_months=48, plan={**plan, "behavior": {"deferral_change_multiplier": 0}},
    )  # fmt: skip
    database = engine.simulate(chosen, write_census(folder / "census.parquet", [someone]), folder)
    rows = rows_of(database, "select employer_match from fct_workforce_snapshot where employee_id = 'A'")
    return rows[0]["employer_match"]
