"""Published worked examples, computed by the engine itself; ``tests/unit`` holds the oracle to these and to more.

Everybody is hired on the eve of 2025 unless the example is about service, so that nobody has a raise in the year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.run.stages import FOUNDATION, INITIALIZATION
from tests.engine import Engine, rows_of, settings_with, write_census
from tests.oracle.comparison import LIMITS
from tests.oracle.published import PUBLISHED

EVE = dt.date(2024, 12, 31)
Row = dict[str, Any]
Snapshot = Mapping[str, Row]


def person(employee_id: str, pay: str = "50000", rate: str = "0", born: str = "1985-06-15", **more: Any) -> Row:
    """Somebody of the census."""
    return {
        "employee_id": employee_id,
        "birth_date": dt.date.fromisoformat(born),
        "hire_date": EVE,
        "annual_compensation": Decimal(pay),
        "deferral_rate": Decimal(rate),
        "auto_escalation_opt_out": True,
        **more,
    }


def vested(employee_id: str, hired: str) -> Row:
    """Somebody with employer money from before."""
    return person(employee_id, hire_date=dt.date.fromisoformat(hired), employer_account_balance=1_000)


PEOPLE = [
    *(person(f"defers {rate}", rate=f"0.{rate:02}") for rate in range(7)),
    *(person(f"reaches {2025 - int(born[:4])} {born}", "200000", "0.5", born) for born in (
        "1975-12-31", "1975-12-01", "1976-01-01", "1966-12-31", "1965-12-01", "1965-12-31", "1962-12-01", "1962-01-01",
        "1961-12-01", "1961-12-31",
    )),
    *(person(f"paid {pay}", pay) for pay in ("176099.99", "176100", "176101", "177100", "350000", "400000")),
    *(vested(f"hired {date}", date) for date in (
        "2022-12-31", "2023-01-01", "2023-01-02", "2020-12-31", "2021-01-01", "2021-01-02", "2020-02-29",
    )),
    *(person(f"enters {date}", hire_date=dt.date.fromisoformat(date)) for date in ("2024-07-01", "2024-07-02")),
    *(person(f"hired {date} and waits", hire_date=dt.date.fromisoformat(date)) for date in (
        "2022-07-02", "2023-07-02", "2024-07-02",
    )),
    *(person(f"born {date}", born=date, employer_account_balance=1_000) for date in ("1960-12-31", "1961-01-01")),
    person("matched from July", "73000", "0.05", hire_date=dt.date(2024, 7, 1)),
    person("part-time", hire_date=dt.date(2023, 3, 1), scheduled_hours_per_week=19),
    *(person(f"born {date}", born=date) for date in ("2004-02-29", "2004-12-31")),
    *(person(f"Roth {share}", rate="0.06", roth_share=share) for share in (None, Decimal("0.4"))),
    *(person(f"may defer 6% at {2025 - int(born[:4])}", "170000", rate, born, prior_year_compensation=Decimal(170_000))
      for born, rate in (
        ("1985-06-15", "0.12"), ("1976-01-01", "0.12"), ("1975-12-31", "0.10"), ("1973-06-15", "0.12"),
    )),
    *(person(f"earned {pay}", prior_year_compensation=Decimal(pay)) for pay in ("155000", "155000.01")),
]  # fmt: skip

PLANS: dict[str, dict[str, Any]] = {
    "safe_harbor_basic": {
        "eligibility": {"entry_dates": "semiannual", "waiting_period_days": 365},
        "vesting": {"match_schedule": "graded_2_6"},
    },
    "simple": {
        "eligibility": {"service": {"years": 1, "hours": 1000}},
        "match": {"entry": {"service": {"years": 1}, "entry_dates": "semiannual"}},
        "core": {"entry": {"service": {"years": 1, "hours": 1000}}},
    },
    "safe_harbor_enhanced": {"vesting": {"match_schedule": "cliff_3"}},
    "qaca": {
        "deferral": {"hce_maximum_rate": 0.06},
        "core": {"type": "flat", "rate": 0.06, "permitted_disparity": {"enabled": True, "excess_rate": 0.057}},
    },
}


@pytest.fixture(scope="module")
def results(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Snapshot]:
    """The snapshot by formula and person."""
    folder = tmp_path_factory.mktemp("published")
    census = write_census(folder / "census.parquet", PEOPLE)
    found = {}
    for formula, plan in PLANS.items():
        chosen = settings_with(
            simulation__end_year=2025, workforce__target_growth_rate=0, workforce__total_termination_rate=0,
            compensation__minimum_service_months=48,
            plan={"match": {"formula": formula}, "behavior": {"deferral_change_multiplier": 0}, **plan},
        )  # fmt: skip
        database = engine.simulate(chosen, census, folder / formula)
        rows = rows_of(database, "select * from fct_workforce_snapshot")
        found[formula] = {row["employee_id"]: row for row in rows}
    return found


@pytest.mark.parametrize(
    ("formula", "amounts"),
    [
        # RPG Consultants, "What is the definition of a safe harbor match" (FAQ09RP): wages of 50 000 dollars.
        ("safe_harbor_basic", "0 500 1000 1500 1750 2000 2000"),
        ("safe_harbor_enhanced", "0 500 1000 1500 2000 2000 2000"),
        # IRC 401(k)(13)(D)(i)(I): 100% up to 1% of pay, 50% of what lies between 1% and 6%.
        ("qaca", "0 500 750 1000 1250 1500 1750"),
    ],
)
def test_safe_harbor_matches(results: dict[str, Snapshot], formula: str, amounts: str) -> None:
    found = [results[formula][f"defers {rate}"]["employer_match"] for rate in range(7)]
    assert found == [Decimal(amount) for amount in amounts.split()]


@pytest.mark.parametrize(
    ("age", "catch_up"),
    # retirementplanners.com, "2025 contribution limits": by the age reached in 2025 (IRC 414(v)(2)(B) and (E)).
    [(49, 0), (50, 7_500), (59, 7_500), (60, 11_250), (63, 11_250), (64, 7_500)],
)
def test_catch_up_by_age(results: dict[str, Snapshot], age: int, catch_up: int) -> None:
    people = [row for name, row in results["qaca"].items() if name.startswith(f"reaches {age} ")]
    assert people
    for row in people:
        assert row["catch_up_contributions"] == catch_up
        assert row["employee_contributions"] == 23_500 + catch_up


@pytest.mark.parametrize(
    ("pay", "core"),
    [
        # IRC 401(l)(2): 6% of pay and 5.7% of pay above the wage base of 2025, 176 100; pay counts to 350 000.
        ("176099.99", "10566.00"),
        ("176100", "10566.00"),
        ("176101", "10566.12"),
        ("177100", "10683.00"),
        ("350000", "30912.30"),
        ("400000", "30912.30"),
    ],
)
def test_permitted_disparity_around_the_wage_base(results: dict[str, Snapshot], pay: str, core: str) -> None:
    row = results["qaca"][f"paid {pay}"]
    assert row["employer_core"] == Decimal(core)
    assert row["is_limited_by_401a17"] is (pay == "400000")


@pytest.mark.parametrize(
    ("hired", "cliff", "graded"),
    [
        # IRC 411(a)(2)(B), service at the end of 31 December 2025: a year is complete before its anniversary begins.
        ("2022-12-31", "1", "0.4"),
        ("2023-01-01", "1", "0.4"),
        ("2023-01-02", "0", "0.2"),
        ("2020-12-31", "1", "0.8"),
        ("2021-01-01", "1", "0.8"),
        ("2021-01-02", "1", "0.6"),
        ("2020-02-29", "1", "0.8"),
    ],
)
def test_vesting_on_the_anniversary_and_the_day_before(
    results: dict[str, Snapshot], hired: str, cliff: str, graded: str
) -> None:
    name = f"hired {hired}"
    assert results["safe_harbor_enhanced"][name]["vested_percentage"] == Decimal(cliff)
    assert results["safe_harbor_basic"][name]["vested_percentage"] == Decimal(graded)


@pytest.mark.parametrize(
    ("formula", "name", "entry"),
    [
        # benefitslink.com, 28 March 2014: a year of service complete on the entry date, and a day after it.
        ("safe_harbor_basic", "enters 2024-07-01", "2025-07-01"),
        ("safe_harbor_basic", "enters 2024-07-02", "2026-01-01"),
        # Twenty-one on 1 March, for want of a 29 February; on the last day of the year.
        ("safe_harbor_enhanced", "born 2004-02-29", "2025-03-01"),
        ("safe_harbor_enhanced", "born 2004-12-31", "2025-12-31"),
    ],
)
def test_entry_dates(results: dict[str, Snapshot], formula: str, name: str, entry: str) -> None:
    assert results[formula][name]["eligibility_date"] == dt.date.fromisoformat(entry)


@pytest.mark.parametrize("hired", [2022, 2023, 2024])
def test_a_year_to_the_calendar_and_the_next_entry_date(results: dict[str, Snapshot], hired: int) -> None:
    """July 2 hires enter on January 1 a year and a half later, leap year or not: the year is not 365 days."""
    row = results["simple"][f"hired {hired}-07-02 and waits"]
    assert row["match_entry_date"] == dt.date(hired + 2, 1, 1)


def test_normal_retirement_age_vests(results: dict[str, Snapshot]) -> None:
    """IRC 411(a)(8): at 65, on the day."""
    shares = [results["qaca"][f"born {date}"]["vested_percentage"] for date in ("1960-12-31", "1961-01-01")]
    assert shares == [1, 0]


def test_the_match_counts_deferrals_from_its_own_entry(results: dict[str, Snapshot]) -> None:
    """Methodology 6: 184 days of 5% of 73 000, matched by half; 3 650 are deferred in the year."""
    row = results["simple"]["matched from July"]
    assert (row["employee_contributions"], row["employer_match"]) == (3_650, 920)


def test_part_time_people_defer_after_two_years_of_500_hours(results: dict[str, Snapshot]) -> None:
    row = results["simple"]["part-time"]
    entries = row["eligibility_date"], row["match_entry_date"], row["core_entry_date"]
    assert entries == (dt.date(2025, 3, 1), dt.date(2025, 3, 1), None)


def test_highly_compensated_above_the_limit_of_the_year_before_and_not_at_it(results: dict[str, Snapshot]) -> None:
    """IRS Notice 2023-75: 155 000 for the look-back year 2024 (IRC 414(q)(1)(B))."""
    people = results["qaca"]
    assert [people[f"earned {pay}"]["is_hce"] for pay in ("155000", "155000.01")] == [False, True]


def test_the_roth_share_of_the_census_is_the_persons_own(results: dict[str, Snapshot]) -> None:
    """Methodology 9: 3 000 deferred, of which the plan's 15%, or 40%."""
    assert [results["simple"][f"Roth {share}"]["roth_contributions"] for share in (None, "0.4")] == [450, 1_200]


def test_highly_compensated_people_defer_no_more_than_the_plan_lets_them(results: dict[str, Snapshot]) -> None:
    found = [results[plan]["may defer 6% at 40"]["employee_contributions"] for plan in ("qaca", "simple")]
    assert found == [10_200, 20_400]


@pytest.mark.parametrize(
    ("age", "elected", "deferred", "catch_up"),
    # Treas. Reg. 1.414(v)-1(b)(1)(ii) and (c): what is above a plan's own limit is catch-up, up to 7 500 in 2025.
    [(49, "0.06", 10_200, 0), (50, "0.10", 17_000, 6_800), (52, "0.12", 17_700, 7_500)],
)
def test_people_of_50_pass_the_limit_of_the_plan_with_catch_up(
    results: dict[str, Snapshot], age: int, elected: str, deferred: int, catch_up: int
) -> None:
    row = results["qaca"][f"may defer 6% at {age}"]
    assert row["deferral_rate"] == Decimal(elected)
    assert (row["employee_contributions"], row["catch_up_contributions"]) == (deferred, catch_up)
    assert not row["is_limited_by_402g"]


@pytest.mark.parametrize(("true_up", "match"), [(False, 2_000), (True, 4_800)])
def test_a_match_by_payroll_stops_where_deferrals_reach_their_limit(
    engine: Engine, tmp_path: Path, true_up: bool, match: int
) -> None:
    """120 000 of pay in 24 payrolls of 5 000, half deferred until 24 500 in the tenth: 4% of ten; by the year, of 24.

    Treas. Reg. 1.401(k)-3(c)(5)(ii) lets a plan match payroll by payroll.
    """
    census = write_census(tmp_path / "census.parquet", [person("A", "120000", "0.5", hire_date=dt.date(2025, 12, 31))])
    chosen = settings_with(
        simulation__start_year=2026, simulation__end_year=2026, workforce__target_growth_rate=0,
        workforce__total_termination_rate=0, plan__match__formula="safe_harbor_enhanced",
        plan__match__computed="payroll", plan__match__true_up=true_up, plan__behavior__deferral_change_multiplier=0,
    )  # fmt: skip
    (row,) = rows_of(engine.simulate(chosen, census, tmp_path), "select * from fct_workforce_snapshot")
    assert (row["employee_contributions"], row["employer_match"]) == (24_500, match)


def test_limits_of_2020_to_2026_are_those_that_a_year_uses(engine: Engine, tmp_path: Path) -> None:
    census = write_census(tmp_path / "census.parquet", [person("A", hire_date=dt.date(2015, 1, 1))])
    first = settings_with(simulation__start_year=2020, simulation__end_year=2020)
    database = engine.simulate(first, census, tmp_path)
    for year in range(2020, 2027):
        chosen = settings_with(simulation__start_year=year, simulation__end_year=year)
        for stage in (INITIALIZATION, FOUNDATION):
            engine.run_stage(stage, chosen, census, database, year)
        (row,) = rows_of(database, f"select {', '.join(LIMITS)} from int_plan_year_limits")
        for column, name in LIMITS.items():
            published: Fraction | None = getattr(PUBLISHED[year], name)
            assert row[column] == published, (year, column)
