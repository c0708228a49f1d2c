"""How results move when inputs move: laws that need no oracle, only two runs.

That rows of the census may be permuted, that a later year leaves the earlier ones and another plan the workforce's
events, is in ``test_order_and_slices``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.resources import dbt_project_dir
from tests.engine import Engine, rows_of, settings_with
from tests.model.bands import steps, tier
from tests.model.people import census_of

PEOPLE = 160
CENT = Decimal("0.01")
FACTOR = 2
Row = dict[str, Any]
Simulate = Callable[..., Path]

CORE = {
    "plan__core__type": "graded_by_service",
    "plan__core__bands": steps((0, 0.03), (5, 0.06)),
    "plan__core__permitted_disparity": {"enabled": True, "excess_rate": 0.03, "integration_level": 1.0},
}
NOBODY_COMES_OR_GOES = {"workforce__target_growth_rate": 0, "workforce__total_termination_rate": 0}


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People at the end of 2024, those at the edges of the rules among them; nobody has given notice."""
    folder = tmp_path_factory.mktemp("metamorphic")
    columns = "* exclude (rank) replace (null::date as termination_date)"
    return census_where(census_of(folder, PEOPLE, 2025), folder / "census.parquet", columns)


@pytest.fixture(scope="module")
def simulate(engine: Engine, census: Path, tmp_path_factory: pytest.TempPathFactory) -> Simulate:
    """Runs settings on the census, or on another one."""

    def run(settings: Settings, people: Path = census) -> Path:
        return engine.simulate(settings, people, tmp_path_factory.mktemp("run"))

    return run


def census_where(census: Path, path: Path, columns: str = "* exclude (rank)", where: str = "true") -> Path:
    """A census made of another."""
    with duckdb.connect() as connection:
        ranked = f"(select *, row_number() over (order by employee_id) as rank from '{census.as_posix()}')"
        connection.execute(
            f"copy (select {columns} from {ranked} where {where} order by employee_id) to '{path.as_posix()}'"
            " (format parquet)"
        )
    return path


def snapshot(database: Path) -> dict[tuple[str, int], Row]:
    """The snapshot's rows by person and year."""
    rows = rows_of(database, "select * exclude (person_key) from fct_workforce_snapshot")
    return {(row["employee_id"], row["simulation_year"]): row for row in rows}


def events(database: Path) -> list[Row]:
    """The event log; an event's id hashes only what the other columns say."""
    return rows_of(
        database, "select * exclude (person_key) from fct_yearly_events order by employee_id, simulation_year,"
        " event_sequence",
    )  # fmt: skip


SCALED = {
    "levels": ("level_id", ("min_pay", "max_pay")),
    "participation_by_income": ("income_segment", ("min_pay", "max_pay")),
    "irs_limits": (
        "limit_year",
        (
            "elective_deferral_limit", "catch_up_limit", "catch_up_limit_60_63", "annual_additions_limit",
            "compensation_limit", "hce_compensation", "social_security_wage_base", "roth_catch_up_wages",
        ),
    ),
}  # fmt: skip
"""Every column of the assumption tables that is an amount, with the table's key."""


def scaled_assumptions(settings: Settings) -> dict[str, list[Row]]:
    """Overrides that multiply every amount of the assumption tables."""
    overrides: dict[str, list[Row]] = {}
    for name, table in effective_assumptions(settings, dbt_project_dir() / "seeds").items():
        if name in SCALED:
            key, amounts = SCALED[name]
            rows = [dict(zip(table.columns, row, strict=True)) for row in map(tuple, table.rows)]
            overrides[name] = [
                {key: row[key]} | {column: int(row[column]) * FACTOR for column in amounts if row[column]}
                for row in rows
            ]
    return overrides


SCALED_WORLD = {
    **CORE,
    "simulation__end_year": 2026,
    "workforce__total_termination_rate": 0.2,
    "plan__match__formula": "safe_harbor_basic",
    "plan__enrollment__conversion_rate_multiplier": 3,
    "compensation__promotion__promotion_rate_multiplier": 4,
}
"""Two years in which every kind of event happens; limits of later ones are rounded to statutory multiples."""

TOLERANCE = 8 * CENT
"""An amount is rounded to the cent before or after it is doubled, which differs by at most a cent; the chain of an
amount has at most four raises, earned pay, a contribution, and, for balances and forfeitures, a second year's."""


@pytest.fixture(scope="module")
def pair(simulate: Simulate, census: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A world, and the same one counted in half dollars: all pay and all limits times the factor."""
    plain = settings_with(**SCALED_WORLD)
    larger = settings_with(
        **SCALED_WORLD,
        compensation__promotion__raise_maximum_amount=FACTOR * plain.compensation.promotion.raise_maximum_amount,
        assumptions__overrides=scaled_assumptions(plain),
    )
    amounts = ("annual_compensation", "prior_year_compensation", "employer_account_balance")
    columns = f"* exclude (rank) replace ({', '.join(f'{FACTOR} * {name} as {name}' for name in amounts)})"
    scaled = census_where(census, tmp_path_factory.mktemp("scaled") / "census.parquet", columns)
    return simulate(plain), simulate(larger, scaled)


def test_scaled_pay_and_limits_scale_every_amount_of_the_snapshot(pair: tuple[Path, Path]) -> None:
    before, after = map(snapshot, pair)
    assert before.keys() == after.keys()
    for key, row in before.items():
        for column, value in row.items():
            twin = after[key][column]
            assert corresponds(column, value, twin, row), (key, column, value, twin)
    assert any(row["is_limited_by_402g"] for row in before.values())
    assert any(row["is_limited_by_401a17"] for row in before.values())
    assert {row["is_hce"] for row in before.values()} == {True, False}


def test_scaled_pay_and_limits_scale_every_event(pair: tuple[Path, Path]) -> None:
    before, after = map(events, pair)
    assert len(before) == len(after)
    for first, second in zip(before, after, strict=True):
        for column, value in first.items():
            if column != "event_id":
                assert corresponds(column, value, second[column], first), (first, second)
    assert {row["event_type"] for row in before} >= {"hire", "raise", "promotion", "forfeiture", "enrollment"}


def corresponds(column: str, before: Any, after: Any, row: Row) -> bool:
    """Whether a value is what it has to be: money times the factor, anything else as it was."""
    if column == "vested_percentage":  # Of both accounts together, weighted with their balances.
        return abs(before - after) <= Decimal("0.000001") + TOLERANCE / max(row["employer_balance"], CENT)
    if before is None or not is_money(column):
        return bool(before == after)
    tolerance = TOLERANCE
    if column == "full_year_equivalent_compensation":  # A cent of pay earned in few days is many a year.
        tolerance *= Decimal(366) / row["days_employed"]
    return abs(FACTOR * before - after) <= tolerance


MONEY = ("amount", "compensation", "contributions", "balance", "employer_match", "employer_core")


def is_money(column: str) -> bool:
    """Whether a column of snapshot or event log holds dollars."""
    return not column.startswith("is_") and any(word in column for word in MONEY)


def test_halves_of_a_census_add_up_where_the_rules_are_per_person(
    simulate: Simulate, census: Path, still: Path, tmp_path: Path
) -> None:
    # Nobody comes or goes, no merit budget, no top-paid group: nothing looks at more than one person.
    halves = [
        simulate(settings_of_still(), census_where(census, tmp_path / f"half{n}.parquet", where=f"rank % 2 = {n}"))
        for n in (0, 1)
    ]
    first, second, whole = (snapshot(database) for database in (*halves, still))
    assert len(first) == len(second) == PEOPLE / 2
    assert first | second == whole
    assert sorted(str(row) for half in halves for row in events(half)) == sorted(map(str, events(still)))


def settings_of_still(**changes: Any) -> Settings:
    """One year without hires and exits."""
    return settings_with(
        **NOBODY_COMES_OR_GOES, **CORE, simulation__end_year=2025,
        **{"plan__match__formula": "custom", "plan__match__tiers": [tier(0, 0.06, 0.5)], **changes},
    )  # fmt: skip


@pytest.fixture(scope="module")
def still(simulate: Simulate) -> Path:
    """One year without hires and exits, with half of 6% matched."""
    return simulate(settings_of_still())


@pytest.mark.parametrize(
    "richer",
    [
        {"plan__match__tiers": [tier(0, 0.06, 1)]},
        {"plan__match__tiers": [tier(0, 0.09, 0.5)]},
        {"plan__match__tiers": [tier(0, 0.06, 1), tier(0.06, 0.4, 2)], "plan__match__max_match_percentage": 0.5},
    ],
    ids=["rate", "ceiling", "beyond 415(c)"],
)
def test_a_richer_match_lowers_nobodys_match_and_nobodys_cost(
    simulate: Simulate, still: Path, richer: dict[str, Any]
) -> None:
    before, after = snapshot(still), snapshot(simulate(settings_of_still(**richer)))
    assert before.keys() == after.keys()
    for column in ("employer_match", "total_employer_contributions"):
        lowered = [key for key, row in before.items() if after[key][column] < row[column]]
        assert not lowered, (column, lowered)
        assert sum(after[key][column] > row[column] for key, row in before.items()) > 10


def test_automatic_enrolment_only_adds_participants(simulate: Simulate) -> None:
    # Those it loses are people who opted out of it and would have enrolled later by themselves.
    changes = {
        "simulation__end_year": 2026,
        "workforce__target_growth_rate": 0.2,
        "plan__enrollment__conversion_rate_multiplier": 4,
        "plan__enrollment__opt_out_rate_multiplier": 3,
        "plan__behavior__deferral_change_multiplier": 0,
    }
    scope = "plan__enrollment__auto_enrollment__scope"
    by_themselves, automatic = (
        {key: row for key, row in snapshot(simulate(settings)).items() if row["employment_status"] == "active"}
        for settings in (
            settings_with(**changes, plan__enrollment__auto_enrollment__enabled=False),
            settings_with(**changes, **{scope: "all_eligible_employees"}),
        )
    )
    assert by_themselves.keys() == automatic.keys()
    lost = [row for key, row in automatic.items() if by_themselves[key]["is_enrolled"] and not row["is_enrolled"]]
    assert lost and all(row["ever_opted_out"] for row in lost)
    added = [row for key, row in automatic.items() if not by_themselves[key]["is_enrolled"] and row["is_enrolled"]]
    assert len(added) > 20 and all(row["enrollment_source"] == "auto" for row in added)
    elected = [
        {key: row["enrollment_date"] for key, row in rows.items() if row["enrollment_source"] == "voluntary"}
        for rows in (by_themselves, automatic)
    ]
    assert elected[0] and elected[0] == elected[1]


def test_growth_rates_share_the_hires_that_they_have_in_common(simulate: Simulate) -> None:
    query = "select employee_id, level_id, birth_date, hire_date, annual_compensation from int_hiring_events"
    slow, fast = (
        {
            row["employee_id"]: row
            for row in rows_of(
                simulate(settings_with(simulation__end_year=2025, workforce__target_growth_rate=g)), query
            )
        }
        for g in (0.02, 0.35)
    )
    other = [name for name in slow if slow[name] != fast[name]]
    levels = {row["level_id"] for row in fast.values()}
    assert len(fast) > len(slow) > 20
    # At the seam a level may have its next seat a number sooner or later.
    assert len(other) <= len(levels), other
