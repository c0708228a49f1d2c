"""Nobody is too old, too long in service or too well paid to be counted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from tests.engine import Engine, rows_of, settings_with, write_census

PEOPLE = (
    {"employee_id": "OLDEST", "birth_date": dt.date(1900, 1, 1), "hire_date": dt.date(1920, 1, 1)},
    {"employee_id": "PAID", "birth_date": dt.date(2060, 1, 1), "annual_compensation": Decimal(1_000_000_000)},
    {"employee_id": "USUAL", "birth_date": dt.date(2060, 1, 1)},
)
"""The bounds of what a census may hold in the last year that a run may have."""


def test_the_bounds_of_a_census_are_in_every_table(engine: Engine, tmp_path: Path) -> None:
    usual = {"hire_date": dt.date(2090, 1, 1), "annual_compensation": Decimal(50_000)}
    census = write_census(tmp_path / "census.parquet", ({**usual, **person} for person in PEOPLE))
    settings = settings_with(
        simulation__start_year=2100,
        simulation__end_year=2100,
        workforce__total_termination_rate=0,
        workforce__target_growth_rate=0,
        plan__enrollment__auto_enrollment__scope="all_eligible_employees",
    )
    database = engine.simulate(settings, census, tmp_path)
    rows = rows_of(
        database,
        "select employee_id, age, tenure_years, vested_percentage, hours_worked, employer_match"
        " from fct_workforce_snapshot order by employee_id",
    )
    assert [(row["employee_id"], row["age"], row["tenure_years"]) for row in rows] == [
        ("OLDEST", 200, 180),
        ("PAID", 40, 10),
        ("USUAL", 40, 10),
    ]
    assert {row["vested_percentage"] for row in rows} == {1}
    decided = rows_of(database, "select count(*) as people from int_enrollment_decisions")
    assert decided == [{"people": 3}]
