"""A pay structure that moves: what dollars do over ten years, and what the defaults make of pay."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine, rows_of, settings_with
from tests.model.test_metamorphic import FACTOR, census_where, scaled_assumptions

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four hundred synthetic people."""
    folder = tmp_path_factory.mktemp("structure")
    generate_census(folder / "census.csv", employees=400, seed=7, as_of=AS_OF)
    read_census(folder / "census.csv", as_of=AS_OF, output=folder / "census.parquet")
    return folder / "census.parquet"


TEN_YEARS: dict[str, Any] = {
    "simulation__end_year": 2034,
    "plan__compliance__irs_indexation_rate": 0,  # limits after 2026 are rounded to multiples that do not double
}


@pytest.mark.slow
def test_every_dollar_doubled_doubles_every_dollar_ten_years_on(engine: Engine, census: Path, tmp_path: Path) -> None:
    plain = settings_with(**TEN_YEARS)
    larger = settings_with(
        **TEN_YEARS,
        compensation__promotion__raise_maximum_amount=FACTOR * plain.compensation.promotion.raise_maximum_amount,
        assumptions__overrides=scaled_assumptions(plain),
    )
    amounts = ("annual_compensation", "prior_year_compensation", "employer_account_balance")
    columns = f"* exclude (rank) replace ({', '.join(f'{FACTOR} * {name} as {name}' for name in amounts)})"
    twice = census_where(census, tmp_path / "twice.parquet", columns)
    query = (
        "select employee_id, enrollment_source, deferral_rate, level_id, current_compensation, employee_contributions,"
        " employer_match, employer_balance from fct_workforce_snapshot where simulation_year = 2034 order by all"
    )
    before = rows_of(engine.simulate(plain, census, tmp_path / "before"), query)
    after = rows_of(engine.simulate(larger, twice, tmp_path / "after"), query)
    assert len(before) == len(after) > 500
    for one, two in zip(before, after, strict=True):
        for column, value in one.items():
            if column in ("current_compensation", "employee_contributions", "employer_match", "employer_balance"):
                assert abs(FACTOR * value - two[column]) <= Decimal("0.50"), (one["employee_id"], column)
            else:
                assert value == two[column], (one["employee_id"], column)


def test_nobody_drifts_above_the_band_where_the_structure_grows_like_merit(
    engine: Engine, census: Path, tmp_path: Path
) -> None:
    levels = [{"level_id": level, "merit_rate": 0.03} for level in range(1, 6)]
    settings = settings_with(
        simulation__end_year=2034, workforce__target_growth_rate=0, workforce__total_termination_rate=0,
        compensation__cola_rate=0, compensation__minimum_service_months=0, compensation__structure_growth_rate=0.03,
        compensation__promotion__base_rate=0, assumptions__overrides={"levels": levels},
    )  # fmt: skip
    database = engine.simulate(settings, census, tmp_path)
    above = rows_of(
        database,
        "select simulation_year, count(*) filter (where current_compensation"
        " > max_pay * pow(1.03, simulation_year - 2024)) / count(*) as share from fct_workforce_snapshot"
        " inner join levels using (level_id) group by simulation_year order by simulation_year",
    )
    assert len(above) == 10
    assert abs(above[-1]["share"] - above[0]["share"]) <= 0.01


def test_by_default_pay_of_those_who_stay_rises_as_surveys_say(engine: Engine, census: Path, tmp_path: Path) -> None:
    database = engine.simulate(settings_with(simulation__end_year=2029), census, tmp_path)
    growth = rows_of(database, "select growth_same_people from fct_compensation_growth")
    assert len(growth) == 5 and all(Decimal("0.03") < row["growth_same_people"] < Decimal("0.04") for row in growth)


def test_hires_of_every_level_are_paid_like_those_who_serve_in_it(tmp_path: Path) -> None:
    generate_census(tmp_path / "census.csv", employees=5_000, seed=7, as_of=AS_OF)
    with duckdb.connect() as connection:
        ratios = connection.execute(
            "select any_value(min_pay + (max_pay - min_pay) * new_hire_pay_percentile) * any_value(market_factor)"
            " / avg(annual_compensation * 40 / scheduled_hours_per_week) from read_csv(?) as census"
            " inner join read_csv(?) as levels on job_level = level_id group by level_id",
            [str(tmp_path / "census.csv"), str(dbt_project_dir() / "seeds" / "levels.csv")],
        ).fetchall()
    assert len(ratios) == 5 and all(0.95 < ratio < 1.05 for (ratio,) in ratios)


def test_the_raise_month_stays_a_persons_own(engine: Engine, census: Path, tmp_path: Path) -> None:
    database = engine.simulate(settings_with(simulation__end_year=2028), census, tmp_path)
    months = rows_of(
        database,
        "select employee_id, count(*) as raises, count(distinct month(effective_date)) as months"
        " from fct_yearly_events where event_type = 'raise' group by employee_id",
    )
    assert max(row["raises"] for row in months) == 4
    assert {row["months"] for row in months} == {1}


@pytest.mark.parametrize(("pay_factor", "words"), [(1.3, "% more"), (0.7, "% less"), (1.0, None)])
def test_hires_paid_unlike_the_clients_own_are_told(
    engine: Engine, census: Path, tmp_path: Path, pay_factor: float, words: str | None
) -> None:
    settings = settings_with(simulation__end_year=2025, workforce__new_hires__pay_factor=pay_factor)
    notes = [row["note"] for row in rows_of(engine.simulate(settings, census, tmp_path), "from fct_year_notes")]
    assert [words in note for note in notes if words] == ([True] if words else [])
    assert len(notes) == (words is not None)
