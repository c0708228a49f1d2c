"""How `planalign explain` divides a profit-sharing pool, by the examples of methodology 10."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from planalign_orchestrator.config.contributions import Core
from planalign_orchestrator.reports.explanation import explain
from planalign_orchestrator.reports.pool_share import class_rate, pool_share
from planalign_orchestrator.reports.results import RunResults, open_results
from planalign_orchestrator.warehouse import fetch_dicts
from tests.engine import Engine
from tests.model.worlds import WORLDS
from tests.reports.run_folders import run_folder

CLASSES = [{"who": "owner", "rate": 0.15}, {"who": "manager", "rate": 0.05}, {"who": "staff", "rate": 0.05}]
PAID = {"owner": 200_000, "manager": 80_000, "staff": 40_000, "intern": 60_000}


@pytest.fixture
def plant() -> Iterator[RunResults]:
    """An owner, a manager, somebody of the staff and an intern, and a leaver who has no share."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table fct_workforce_snapshot as select who as employee_id, row_number() over () as person_key,"
            " 2025 as simulation_year,"
            " map {'class': who} as groups, who = 'owner' as is_hce, 40 as age, pay,"
            " case when who = 'leaver' then 'not_employed_on_last_day' end as ineligible_reason from (values"
            f" {', '.join(f'({who!r}, {pay}.00)' for who, pay in {**PAID, 'leaver': 999}.items())}) as found(who, pay)"
        )
        for table, columns in (
            ("fct_employee_contributions", "pay as core_compensation"),
            ("fct_employer_core", "ineligible_reason"),
        ):
            connection.execute(
                f"create table {table} as select person_key, simulation_year, {columns} from fct_workforce_snapshot"
            )
        connection.execute("alter table fct_workforce_snapshot drop ineligible_reason")
        yield cast(RunResults, SimpleNamespace(query=lambda sql, given: fetch_dicts(connection, sql, given)))


@pytest.mark.parametrize(
    ("sharing", "shares", "told"),
    [
        (
            {"shared_by": "rates", "classes_by": "Class", "classes": CLASSES, "pool_amount": 18_000},
            "15000 2000 1000 0",
            "18,000.00 x 30,000.00 / 36,000.00 (class rates x pay, of 4 people)",
        ),
        ({"shared_by": "head", "pool_amount": 1000}, "250 250 250 250", "1,000.00 x 1.00 / 4.00 (heads, of 4 people)"),
        ({"pool_rate": 0.05}, "10000 4000 2000 3000", "19,000.00 x 200,000.00 / 380,000.00 (pay, of 4 people)"),
    ],
)
def test_a_share_of_a_pool(plant: RunResults, sharing: dict[str, Any], shares: str, told: str) -> None:
    core = Core.model_validate({"type": "profit_sharing", "profit_sharing": sharing})
    found = [
        pool_share(
            plant, 2025, core, Fraction(pay),
            class_rate(core.profit_sharing, who, is_hce=who == "owner", age=40), Fraction(184_500),
        )
        for who, pay in PAID.items()
    ]  # fmt: skip
    assert [share for share, _ in found] == [Fraction(share) for share in shares.split()]
    assert found[0][1] == told


def test_a_share_with_disparity(plant: RunResults) -> None:
    """4.3% of 380 000 and of the 140 000 above 70 000, 22 360; the rest of 25 000 by pay."""
    disparity = {"enabled": True, "excess_rate": 0.043, "integration_amount": 70_000}
    tree = {"type": "profit_sharing", "profit_sharing": {"pool_amount": 25_000}, "permitted_disparity": disparity}
    share, told = pool_share(plant, 2025, Core.model_validate(tree), Fraction(80_000), Fraction(0), Fraction(70_000))
    whole = 380_000 + 130_000 + 10_000
    first = Fraction(43, 1000) * whole
    assert share == first * 90_000 / whole + (25_000 - first) * 80_000 / 380_000
    assert told == (
        "22,360.00 x 90,000.00 / 520,000.00 (pay, and pay above 70,000.00 once more, of 4 people)"
        " + 2,640.00 x 80,000.00 / 380,000.00 (pay)"
    )


@pytest.mark.slow
def test_people_agree_about_their_shares(engine: Engine, small_census: Path, tmp_path: Path) -> None:
    world = next(world for world in WORLDS if world.name.startswith("a small pool shared by pay with disparity"))
    folder = run_folder(engine, world.settings(), small_census, tmp_path / "pool")
    with open_results(folder.root) as results:
        people = results.query("select distinct employee_id from fct_workforce_snapshot order by all limit 30")
        lines = [line for row in people for year in explain(results, row["employee_id"]) for line in year.lines]
    shares = [line for line in lines if line.label == "core by the formula" and " people)" in line.working]
    assert len(shares) > 30
    assert [line for line in shares if not line.agrees] == []
