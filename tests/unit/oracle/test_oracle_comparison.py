"""The comparison itself: a tiny finished run with figures worked out by hand, and every way to spoil it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.config.settings import Settings
from tests.oracle.census_people import day
from tests.oracle.comparison import PLAIN_COLUMNS, Disagreement, compare_run

pytestmark = pytest.mark.slow

SEEDS = Path(__file__).parents[3] / "dbt" / "seeds"
Row = dict[str, Any]

CENSUS: list[Row] = [
    {
        "employee_id": "E1",
        "birth_date": "1980-06-15",
        "hire_date": "2010-03-01",
        "annual_compensation": "100000.00",
        "job_level": 2,
        "deferral_rate": "0.06",
        "enrollment_date": "2015-01-01",
        "employer_account_balance": "10000.00",
    },
    {"employee_id": "E2", "birth_date": "1990-02-28", "hire_date": "2024-09-01", "annual_compensation": "73000.00"},
    {
        "employee_id": "E3",
        "birth_date": "1970-01-01",
        "hire_date": "2000-01-01",
        "annual_compensation": "90000.00",
        "termination_date": "2024-05-01",
    },
]

EVENT_COLUMNS = (
    "employee_id",
    "simulation_year",
    "event_sequence",
    "event_type",
    "effective_date",
    "compensation_before",
    "compensation_after",
    "level_before",
    "level_after",
    "deferral_rate_before",
    "deferral_rate_after",
    "amount",
    "reason",
    "employee_age",
)


def event(person: str, day: str, sequence: int, kind: str, **values: Any) -> Row:
    row: Row = dict.fromkeys(EVENT_COLUMNS)
    row |= {
        "employee_id": person,
        "simulation_year": int(day[:4]),
        "event_sequence": sequence,
        "event_type": kind,
        "effective_date": day,
        **values,
    }
    return row


def rate(before: str, after: str) -> Row:
    return {"deferral_rate_before": before, "deferral_rate_after": after}


EVENTS = [
    event("E1", "2025-01-01", 1, "deferral_escalation", **rate("0.06", "0.07")),
    event("E1", "2025-07-01", 2, "raise", compensation_before="100000.00", compensation_after="106000.00"),
    event("E1", "2026-01-01", 1, "deferral_escalation", **rate("0.07", "0.08")),
    event("E1", "2026-06-30", 2, "termination", reason="voluntary"),
    event("E2", "2025-12-01", 1, "enrollment", **rate("0", "0.06")),
    event("E2", "2026-02-01", 1, "opt_out", **rate("0.06", "0")),
    event("E2", "2026-12-31", 2, "termination", reason="involuntary"),
    event("E2", "2026-12-31", 3, "forfeiture", amount="148.80"),
    event("NH_2025_000001", "2025-07-02", 1, "hire", compensation_after="60000.00", level_after=1, employee_age=25),
    event("NH_2025_000001", "2025-07-02", 2, "eligibility"),
    event("NH_2025_000001", "2025-08-16", 3, "enrollment", **rate("0", "0.02")),
    event(
        "NH_2025_000001",
        "2026-02-01",
        1,
        "promotion",
        compensation_before="60000.00",
        compensation_after="72000.00",
        level_before=1,
        level_after=2,
    ),
]

CONSTANT: Row = {
    "catch_up_contributions": "0",
    "returned_deferrals": "0",
    "employer_core": "0",
    "employer_core_balance": "0",
    "is_hce": False,
    "reached_402g_limit": False,
    "reached_401a17_limit": False,
    "reached_415c_limit": False,
    "is_five_percent_owner": False,
    "is_union_member": False,
    "is_in_top_paid_group": None,
    "scheduled_hours_per_week": "40",
    "is_eligible": True,
    "forfeiture_amount": "0",
    "termination_date": None,
    "termination_reason": None,
    "employment_status": "active",
    "ever_opted_out": False,
    "escalation_count": 0,
    "is_enrolled": True,
    "prior_year_compensation": None,
}

OLD_HAND: Row = {
    "employee_id": "E1",
    "birth_date": "1980-06-15",
    "hire_date": "2010-03-01",
    "eligibility_date": "2010-03-01",
    "match_entry_date": "2010-03-01",
    "core_entry_date": "2010-03-01",
    "level_id": 2,
    "match_vested_percentage": "1",
    "core_vested_percentage": "1",
}
NEWCOMER: Row = {
    "employee_id": "E2",
    "birth_date": "1990-02-28",
    "hire_date": "2024-09-01",
    "eligibility_date": "2024-09-01",
    "match_entry_date": "2024-09-01",
    "core_entry_date": "2024-09-01",
    "level_id": 1,
    "core_vested_percentage": "0",
}
NEW_HIRE: Row = {
    "employee_id": "NH_2025_000001",
    "birth_date": "2000-07-02",
    "hire_date": "2025-07-02",
    "eligibility_date": "2025-07-02",
    "match_entry_date": "2025-07-02",
    "core_entry_date": "2025-07-02",
    "match_vested_percentage": "0",
    "core_vested_percentage": "0",
}

SNAPSHOT = [
    # (100 000 × 181 + 106 000 × 184) / 365; 7% deferred; half of 6% matched.
    {
        **CONSTANT,
        **OLD_HAND,
        "simulation_year": 2025,
        "detailed_status_code": "continuous_active",
        "age": 45,
        "tenure_years": 15,
        "opening_compensation": "100000.00",
        "current_compensation": "106000.00",
        "prorated_annual_compensation": "103024.66",
        "full_year_equivalent_compensation": "103024.66",
        "hours_worked": "2080",
        "deferral_rate": "0.07",
        "plan_compensation": "103024.66",
        "employee_contributions": "7211.73",
        "roth_contributions": "1081.76",
        "employer_match": "3090.74",
        "total_employer_contributions": "3090.74",
        "employer_match_balance": "13090.74",
        "escalation_count": 1,
        "prior_year_compensation": "100000.00",
    },
    # 106 000 × 181 / 365; left before the last day, so no match; vested in full.
    {
        **CONSTANT,
        **OLD_HAND,
        "simulation_year": 2026,
        "detailed_status_code": "experienced_termination",
        "age": 46,
        "employment_status": "terminated",
        "termination_date": "2026-06-30",
        "termination_reason": "voluntary",
        "tenure_years": 16,
        "opening_compensation": "106000.00",
        "current_compensation": "106000.00",
        "prorated_annual_compensation": "52564.38",
        "full_year_equivalent_compensation": "105999.99",
        "hours_worked": "1031.45",
        "deferral_rate": "0.08",
        "plan_compensation": "52564.38",
        "employee_contributions": "4205.15",
        "roth_contributions": "630.77",
        "employer_match": "0",
        "total_employer_contributions": "0",
        "employer_match_balance": "13090.74",
        "escalation_count": 2,
        "prior_year_compensation": "103024.66",
    },
    # 200 a day, 31 days, 6%; one completed year.
    {
        **CONSTANT,
        **NEWCOMER,
        "simulation_year": 2025,
        # 73 000 for the 122 days of 2024.
        "prior_year_compensation": "24333.33",
        "detailed_status_code": "continuous_active",
        "age": 35,
        "tenure_years": 1,
        "opening_compensation": "73000.00",
        "current_compensation": "73000.00",
        "prorated_annual_compensation": "73000.00",
        "full_year_equivalent_compensation": "73000.00",
        "hours_worked": "2080",
        "deferral_rate": "0.06",
        "plan_compensation": "73000.00",
        "employee_contributions": "372.00",
        "roth_contributions": "55.80",
        "employer_match": "186.00",
        "total_employer_contributions": "186.00",
        "employer_match_balance": "186.00",
        "match_vested_percentage": "0",
    },
    # Leaves on 31 December: not there on the last day. Two years: 20% vested, 80% of 186 forfeited.
    {
        **CONSTANT,
        **NEWCOMER,
        "simulation_year": 2026,
        "detailed_status_code": "experienced_termination",
        "age": 36,
        "employment_status": "terminated",
        "termination_date": "2026-12-31",
        "termination_reason": "involuntary",
        "tenure_years": 2,
        "opening_compensation": "73000.00",
        "current_compensation": "73000.00",
        "prorated_annual_compensation": "73000.00",
        "full_year_equivalent_compensation": "73000.00",
        "hours_worked": "2080",
        "deferral_rate": "0",
        "plan_compensation": "73000.00",
        "employee_contributions": "372.00",
        "roth_contributions": "55.80",
        "employer_match": "0",
        "total_employer_contributions": "0",
        "employer_match_balance": "186.00",
        "match_vested_percentage": "0.2",
        "forfeiture_amount": "148.80",
        "is_enrolled": False,
        "ever_opted_out": True,
        "prior_year_compensation": "73000.00",
    },
    # 183 days of 60 000; 2% for the 138 days from 16 August.
    {
        **CONSTANT,
        **NEW_HIRE,
        "simulation_year": 2025,
        "detailed_status_code": "new_hire_active",
        "age": 25,
        "tenure_years": 0,
        "level_id": 1,
        "opening_compensation": "60000.00",
        "current_compensation": "60000.00",
        "prorated_annual_compensation": "30082.19",
        "full_year_equivalent_compensation": "60000.00",
        "hours_worked": "1042.85",
        "deferral_rate": "0.02",
        "plan_compensation": "30082.19",
        "employee_contributions": "453.70",
        "roth_contributions": "68.06",
        "employer_match": "226.85",
        "total_employer_contributions": "226.85",
        "employer_match_balance": "226.85",
    },
    # (60 000 × 31 + 72 000 × 334) / 365.
    {
        **CONSTANT,
        **NEW_HIRE,
        "simulation_year": 2026,
        "detailed_status_code": "continuous_active",
        "age": 26,
        "tenure_years": 1,
        "level_id": 2,
        "opening_compensation": "60000.00",
        "current_compensation": "72000.00",
        "prorated_annual_compensation": "70980.82",
        "full_year_equivalent_compensation": "70980.82",
        "hours_worked": "2080",
        "deferral_rate": "0.02",
        "plan_compensation": "70980.82",
        "employee_contributions": "1419.62",
        "roth_contributions": "212.94",
        "employer_match": "709.81",
        "total_employer_contributions": "709.81",
        "employer_match_balance": "936.66",
        "prior_year_compensation": "30082.19",
    },
]

TYPES = {
    "employee_id": "varchar",
    "event_type": "varchar",
    "reason": "varchar",
    "termination_reason": "varchar",
    "employment_status": "varchar",
    "detailed_status_code": "varchar",
    "simulation_year": "integer",
    "event_sequence": "integer",
    "age": "integer",
    "tenure_years": "integer",
    "level_id": "integer",
    "job_level": "integer",
    "level_before": "integer",
    "level_after": "integer",
    "employee_age": "integer",
    "escalation_count": "integer",
}


def column_type(name: str) -> str:
    if name.endswith("_date"):
        return "date"
    if name.startswith(("is_", "ever_", "reached_")):
        return "boolean"
    return TYPES.get(name, "decimal(18, 4)")


def write(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = ", ".join(f"{name} {column_type(name)}" for name in names)
    connection.execute(f"create table {table} ({columns})")
    marks = ", ".join("?" for _ in names)
    connection.executemany(f"insert into {table} values ({marks})", [[row.get(name) for name in names] for row in rows])


Compare = Callable[..., list[Disagreement]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Writes a run of given rows and compares it."""

    def run(snapshot: list[Row] = SNAPSHOT, events: list[Row] = EVENTS, **plan: Any) -> list[Disagreement]:
        database, census = tmp_path / "run.duckdb", tmp_path / "census.parquet"
        database.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as connection:
            write(connection, "fct_workforce_snapshot", snapshot)
            write(connection, "fct_yearly_events", events)
        with duckdb.connect() as connection:
            write(connection, "census", CENSUS)
            connection.execute(f"copy census to '{census.as_posix()}' (format parquet)")
        chosen = Settings.model_validate(
            {
                "simulation": {"start_year": 2025, "end_year": 2026},
                # 3.2% merit and 2.8% COLA make the raise of 6%; the new hire is promoted after seven months.
                "compensation": {"cola_rate": 0.028, "promotion": {"minimum_service_years": 0}},
                "plan": {
                    **plan,
                    "last_day_counts": False,
                    "service_completed": "anniversary",
                    "escalation": {"scope": "all", **plan.get("escalation", {})},
                    # One who leaves is a fifth of so few people.
                    "vesting": {"partial_termination": "ignore", **plan.get("vesting", {})},
                },
            }
        )
        return compare_run(database, chosen, census, SEEDS)

    return run


def test_figures_by_hand_agree(compare: Compare) -> None:
    assert compare() == []


MORE = (
    "level_id",
    "is_enrolled",
    "ever_opted_out",
    "escalation_count",
    "scheduled_hours_per_week",
    "hire_date",
    "employment_status",
    "detailed_status_code",
    "termination_reason",
    "is_five_percent_owner",
    "is_union_member",
    "is_in_top_paid_group",
    "opening_compensation",
    "prior_year_compensation",
    "eligibility_date",
    "match_entry_date",
    "core_entry_date",
    "reached_415c_limit",
    "reached_402g_limit",
    "reached_401a17_limit",
)


@pytest.mark.parametrize(
    ("column", "position"),
    [
        *((column, 5) for column in (*PLAIN_COLUMNS, *MORE)),
        *((column, 1) for column in ("termination_date", "termination_reason", "hours_worked", "forfeiture_amount")),
    ],
)
def test_one_spoiled_value_is_found(compare: Compare, column: str, position: int) -> None:
    spoiled = [dict(row) for row in SNAPSHOT]
    spoiled[position][column] = other(column, spoiled[position][column])
    found = compare(spoiled)
    person = spoiled[position]["employee_id"]
    # Whether the flag's column is called one thing or another, the finding names the limit.
    name = column.removeprefix("reached_").removesuffix("_limit") if column.startswith("reached_") else column
    assert [(one.employee_id, one.year, one.column) for one in found] == [(person, 2026, name)]
    assert person in str(found[0])


def other(column: str, value: Any) -> Any:
    kind = column_type(column)
    if kind == "boolean":
        return not value
    if kind == "varchar":
        return "something else"
    if kind == "date":
        return "2001-01-01"
    return Decimal(value) + 1 if kind == "integer" else Decimal(value) + Decimal("0.01")


def test_birth_date_that_changes_is_found(compare: Compare) -> None:
    spoiled = [dict(row) for row in SNAPSHOT]
    spoiled[5]["birth_date"] = "2000-07-03"
    assert {one.column for one in compare(spoiled)} == {"birth_date"}


def test_missing_and_invented_people_are_found(compare: Compare) -> None:
    found = compare([*SNAPSHOT[1:], {**SNAPSHOT[0], "employee_id": "E9"}])
    assert ("E9", 2025, "row") in {(one.employee_id, one.year, one.column) for one in found}
    assert ("E1", 2025, "row") in {(one.employee_id, one.year, one.column) for one in found}


def test_somebody_after_the_exit_is_found(compare: Compare) -> None:
    left = [dict(row) for row in EVENTS]
    left[3] |= {"simulation_year": 2025, "effective_date": "2025-12-31", "event_sequence": 3}
    assert ("E1", 2026, "row") in {(one.employee_id, one.year, one.column) for one in compare(events=left)}


def test_doubled_row_is_found(compare: Compare) -> None:
    assert [one.column for one in compare([*SNAPSHOT, SNAPSHOT[2]])] == ["rows"]


def test_missing_year_is_found(compare: Compare) -> None:
    found = compare(
        [row for row in SNAPSHOT if row["simulation_year"] == 2025],
        [row for row in EVENTS if row["simulation_year"] == 2025],
    )
    assert {(one.employee_id, one.year, one.column) for one in found} == {
        (person, 2026, "row") for person in ("E1", "E2", "NH_2025_000001")
    }


@pytest.mark.parametrize(
    ("position", "changes", "column"),
    [
        (11, {"compensation_before": "59999.99"}, "promotion.compensation_before"),
        (1, {"effective_date": "2025-07-02"}, "raise.effective_date"),
        (2, {"deferral_rate_before": "0.06"}, "deferral_escalation.deferral_rate_before"),
        (7, {"amount": "148.79"}, "forfeiture.amount"),
        (8, {"employee_age": 24}, "hire.employee_age"),
        (9, {"effective_date": "2025-07-03"}, "eligibility.effective_date"),
        (11, {"level_before": 2}, "promotion.level_before"),
    ],
)
def test_spoiled_event_is_found(compare: Compare, position: int, changes: Row, column: str) -> None:
    events = [dict(row) for row in EVENTS]
    events[position] |= changes
    assert column in [one.column for one in compare(events=events)]


def test_events_outside_employment_and_out_of_order_are_found(compare: Compare) -> None:
    late = [
        *EVENTS,
        event("E1", "2026-07-01", 3, "raise", compensation_before="106000.00", compensation_after="112360.00"),
    ]
    assert {one.column for one in compare(events=late)} == {"raise.effective_date"}


def test_swapped_sequence_is_found(compare: Compare) -> None:
    events = [dict(row) for row in EVENTS]
    events[0]["event_sequence"], events[1]["event_sequence"] = 2, 1
    assert "event_sequence" in {one.column for one in compare(events=events)}


def test_escalation_that_did_not_happen_is_found(compare: Compare) -> None:
    columns = {one.column for one in compare(events=EVENTS[1:])}
    assert "deferral_escalation" in columns


def test_rate_above_the_plan_maximum_is_found(compare: Compare) -> None:
    found = compare(deferral={"maximum_rate": 0.065})
    assert {(one.employee_id, one.year, one.column) for one in found} >= {
        # Escalation stops at the maximum too: 6% would rise to 6.5%.
        ("E1", year, column)
        for year in (2025, 2026)
        for column in ("deferral_escalation", "deferral_rate above the plan maximum")
    }


def test_election_above_the_plan_maximum_is_reduced_on_1_january(compare: Compare) -> None:
    quiet = {"escalation": {"enabled": False}, "deferral": {"maximum_rate": 0.05}}
    others = [row for row in EVENTS if row["event_type"] != "deferral_escalation"]
    reduced = event("E1", "2025-01-01", 1, "deferral_change", **rate("0.06", "0.05"))
    for events, expected in ((others, True), ([*others, reduced], False)):
        found = {(one.employee_id, one.year, one.column) for one in compare(events=events, **quiet)}
        assert (("E1", 2025, "deferral_rate above the plan maximum") in found) is expected


def test_another_plan_gives_other_money(compare: Compare) -> None:
    found = compare(match={"formula": "safe_harbor_basic"})
    assert {one.column for one in found} >= {"employer_match", "employer_match_balance", "total_employer_contributions"}
    assert not {one.column for one in found} & {"employee_contributions", "prorated_annual_compensation", "age"}


def test_a_snapshot_without_a_column_is_refused(compare: Compare) -> None:
    with pytest.raises(LookupError, match="no column is_hce"):
        compare([{name: value for name, value in row.items() if name != "is_hce"} for row in SNAPSHOT])


@pytest.mark.parametrize(("excluded", "column"), [(0.0, "eligibility.effective_date"), (0.2, "is_eligible")])
def test_a_hire_that_the_plan_excludes_is_known_by_the_missing_event(
    compare: Compare, excluded: float, column: str
) -> None:
    events = [row for row in EVENTS if row["event_type"] != "eligibility"]
    found = compare(events=events, eligibility={"new_hire_ineligible_rate": excluded})
    assert {one.employee_id for one in found} == {"NH_2025_000001"}
    assert found[0].column == column


def test_dates_are_read_from_timestamps_too() -> None:
    assert day(dt.datetime(2025, 1, 2, 3, 4)) == dt.date(2025, 1, 2) == day(dt.date(2025, 1, 2))
