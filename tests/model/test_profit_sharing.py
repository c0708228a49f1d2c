"""Profit sharing by hand: classes, pools, disparity, and cents that do not divide."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with, write_census
from tests.model.test_published_examples import person

CLASSES = [{"who": "owner", "rate": 0.15}, {"who": "manager", "rate": 0.05}, {"who": "staff", "rate": 0.05}]


@pytest.mark.parametrize(
    ("sharing", "shares"),
    [
        # 1.401(a)(4)-8: owners 15%, managers and staff 5%; others nothing. A pool of 18 000 pays each half.
        ({"shared_by": "rates", "classes_by": "Class", "classes": CLASSES}, "30000 4000 2000 0"),
        ({"shared_by": "rates", "classes_by": "Class", "classes": CLASSES, "pool_amount": 18_000}, "15000 2000 1000 0"),
        # 1 000.01 dollars among four, the cent to the first by name.
        ({"shared_by": "head", "pool_amount": 1000.01}, "250.01 250 250 250"),
        ({"pool_rate": 0.05}, "10000 4000 2000 3000"),
    ],
)
def test_profit_sharing(engine: Engine, tmp_path: Path, sharing: dict[str, Any], shares: str) -> None:
    people = [
        person(name, pay, **{"class": kind})
        for name, pay, kind in (
            ("A", "200000", "owner"), ("B", "80000", "manager"), ("C", "40000", "staff"), ("D", "60000", "intern"),
        )
    ]  # fmt: skip
    chosen = settings_with(
        simulation__end_year=2025, workforce__target_growth_rate=0, workforce__total_termination_rate=0,
        compensation__minimum_service_months=48, census__groups=["Class"],
        plan__core={"type": "profit_sharing", "profit_sharing": sharing},
    )  # fmt: skip
    database = engine.simulate(chosen, write_census(tmp_path / "census.parquet", people), tmp_path)
    rows = rows_of(database, "select employer_core from fct_workforce_snapshot order by employee_id")
    assert [row["employer_core"] for row in rows] == [Decimal(share) for share in shares.split()]


@pytest.mark.parametrize(
    ("wage_base", "level", "pool", "shares"),
    [
        (100_000, {"integration_level": 0.5}, 5_000, [3_172, 1_828]),
        (100_000, {"integration_amount": 50_000}, 5_000, [3_172, 1_828]),
        (50_000, {"integration_amount": 70_000}, 5_000, [3_172, 1_828]),  # no amount is above the wage base
        (100_000, {"integration_level": 0.5}, 4_730, [3_010, 1_720]),  # nothing is left to share by pay
    ],
)
def test_a_pool_with_disparity(
    engine: Engine, tmp_path: Path, wage_base: int, level: dict[str, float], pool: int, shares: list[int]
) -> None:
    """Methodology 10: 4.3% of pay and of pay above 50 000, and the rest of the pool by pay (1.401(l)-2(b))."""
    people = [person("A", "60000"), person("B", "40000")]
    chosen = settings_with(
        simulation__end_year=2025, workforce__target_growth_rate=0, workforce__total_termination_rate=0,
        compensation__minimum_service_months=48,
        plan__core={
            "type": "profit_sharing", "profit_sharing": {"pool_amount": pool},
            "permitted_disparity": {"enabled": True, "excess_rate": 0.043, **level},
        },
        assumptions__overrides={"irs_limits": [{"limit_year": 2025, "social_security_wage_base": wage_base}]},
    )  # fmt: skip
    database = engine.simulate(chosen, write_census(tmp_path / "census.parquet", people), tmp_path)
    rows = rows_of(database, "select employer_core from fct_workforce_snapshot order by employee_id")
    assert [row["employer_core"] for row in rows] == shares


@pytest.mark.parametrize(
    ("balance", "core", "given", "used"),
    [
        (900, {}, [600, 300], 900),
        (900, {"eligibility": {"minimum_service_years": 10}}, [0, 0], 0),  # nobody shares in the core
        # 415(c): annual additions of more than the pay of a year, the core of 6 000 and 3 000 included.
        (180_000, {"type": "flat", "rate": 0.1}, [60_000, 30_000], 81_000),
    ],
)
def test_what_a_leaver_forfeits_goes_to_those_who_stay(
    engine: Engine, tmp_path: Path, balance: int, core: dict[str, Any], given: list[int], used: int
) -> None:
    """Methodology 11: 900 forfeited in 2025 are shared in 2026 over pay of 60 000 and 30 000."""
    leaver = person("C", employer_account_balance=balance, termination_date=dt.date(2025, 6, 30))
    chosen = settings_with(
        simulation__end_year=2026, workforce__target_growth_rate=-0.34, workforce__total_termination_rate=0.33,
        compensation__minimum_service_months=48, plan__vesting__partial_termination="ignore",
        plan__forfeitures__used_for="reallocate",
        amendments=[
            {"from": 2026, "workforce": {"target_growth_rate": 0, "total_termination_rate": 0}, "plan": {"core": core}}
        ],
    )  # fmt: skip
    people = [person("A", "60000"), person("B", "30000"), leaver]
    database = engine.simulate(chosen, write_census(tmp_path / "census.parquet", people), tmp_path)
    rows = rows_of(
        database, "select employer_core from fct_workforce_snapshot where simulation_year = 2026 order by employee_id"
    )
    assert [row["employer_core"] for row in rows] == given
    (last,) = rows_of(
        database,
        "select forfeitures_used, forfeiture_account, net_employer_cost from fct_yearly_summary"
        " where simulation_year = 2026",
    )
    assert list(last.values()) == [used, balance - used, sum(given) - used]
