"""Hold a run's event log against the one foretold: who, what, when and how much, and what only the log carries."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.reports.plan_arithmetic import catch_up_must_be_roth
from planalign_orchestrator.resources import dbt_project_dir
from tests.oracle.census_people import day, number
from tests.oracle.comparison import Disagreement, limit_table, tables_of as run_tables
from tests.oracle.dates import completed_years
from tests.oracle.exact import ZERO
from tests.oracle.forecast import SAME_DAY, Forecast, Foretold, Standing
from tests.oracle.own_tables import tables_of

Row = Mapping[str, Any]
CARRIED = (
    "select simulation_year, unit, headcount_path, exits_carried, new_hire_exits_carried from fct_headcount_path",
    "select simulation_year, unit, level_id, hires_owed from fct_hires_by_level",
)
"""What a year leaves to the next by rounding."""


def compare_events(database: Path, settings: Settings, census_parquet: Path) -> list[Disagreement]:
    """Every difference between a finished run's events and those that census, settings and draws foretell.

    Args:
        database: the run's DuckDB file; it is opened read-only.
        settings: the run's settings; with assumption tables of its own, call this within ``own_tables.tables_of``.
        census_parquet: the census that the run used.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        log = _rows(connection, "select * from fct_yearly_events")
        snapshot = _rows(connection, "select * from fct_workforce_snapshot")
        carried = {
            tuple(row.values())[:parts]: tuple(map(number, tuple(row.values())[parts:]))
            for parts, query in enumerate(CARRIED, start=2)
            for row in _rows(connection, query)
        }
    hces: dict[int, set[str]] = defaultdict(set)
    roth_only: dict[int, set[str]] = defaultdict(set)
    thresholds = {year: _roth_threshold(settings, year) for year in {row["simulation_year"] for row in snapshot}}
    for row in snapshot:
        year, name = row["simulation_year"], row["employee_id"]
        if row["is_hce"]:
            hces[year].add(name)
        prior = row["prior_year_compensation"]
        if catch_up_must_be_roth(year, None if prior is None else number(prior), thresholds[year]):
            roth_only[year].add(name)
    forecast = Forecast.of_run(settings, census_parquet, hces, roth_only)
    return [
        *differences(forecast.run(tables_of), log),
        *_standings(snapshot, forecast.standings),
        *_keys(snapshot),
        *_carried(carried, forecast.carried),
        *_bookkeeping(log, {str(row["employee_id"]): row for row in snapshot}, settings),
    ]


def _roth_threshold(configured: Settings, year: int) -> Fraction | None:
    settings = settings_of(configured, year)
    tables = run_tables(settings, dbt_project_dir() / "seeds")
    return limit_table(settings, tables).of(year).roth_catch_up_wages


def differences(foretold: Iterable[Foretold], log: Iterable[Row]) -> list[Disagreement]:
    """Events on one side only; forfeitures belong to the money, which ``comparison`` recomputes."""
    expected = Counter(foretold)
    found = Counter(_as_foretold(row) for row in log if row["event_type"] != "forfeiture")
    surplus = [Disagreement(event.employee_id, event.year, "event", event, None) for event in found - expected]
    missing = [Disagreement(event.employee_id, event.year, "event", None, event) for event in expected - found]
    return sorted([*surplus, *missing], key=lambda difference: (difference.year, difference.employee_id))


def _as_foretold(row: Row) -> Foretold:
    return Foretold(
        str(row["employee_id"]),
        int(row["simulation_year"]),
        str(row["event_type"]),
        str(row["event_category"]),
        day(row["effective_date"]),
        _pair(row["compensation_before"], row["compensation_after"]),
        _pair(row["level_before"], row["level_after"]),
        _pair(row["deferral_rate_before"], row["deferral_rate_after"]),
        row["reason"],
    )


def _pair(before: Any, after: Any) -> Any:
    if after is None:
        return None
    return (None if before is None else number(before), number(after))


def _standings(snapshot: Iterable[Row], expected: Mapping[tuple[str, int], Standing]) -> Iterator[Disagreement]:
    """How people stand with the plan at the end of each year; who is there at all, the events have settled."""
    for row in snapshot:
        name, year = str(row["employee_id"]), int(row["simulation_year"])
        for column, value in expected[name, year]._asdict().items() if (name, year) in expected else ():
            if _plain(row[column]) != value:
                yield Disagreement(name, year, column, row[column], value)


def _keys(snapshot: Iterable[Row]) -> Iterator[Disagreement]:
    """Keys stand for people in the order of census and hires: no two share one, and none is given a second time."""
    expected: dict[str, int] = {}
    for row in sorted(snapshot, key=lambda row: (row["simulation_year"], _is_hire(row), str(row["employee_id"]))):
        name = str(row["employee_id"])
        key = expected.setdefault(name, len(expected) + 1)
        if row["person_key"] != key:
            yield Disagreement(name, int(row["simulation_year"]), "person_key", row["person_key"], key)


def _carried(
    found: Mapping[tuple[Any, ...], tuple[Fraction, ...]], expected: Mapping[tuple[Any, ...], tuple[Fraction, ...]]
) -> Iterator[Disagreement]:
    """Nothing carried is as good as no row."""
    for key in sorted(found.keys() | expected.keys(), key=str):
        pair = found.get(key, ()), expected.get(key, ())
        if any(abs(a - b) > Fraction(2, 10**9) for a, b in zip_longest(*pair, fillvalue=ZERO)):
            yield Disagreement(str(key[1:]), key[0], "carried", *pair)


def _is_hire(row: Row) -> bool:
    return str(row["detailed_status_code"]).startswith("new_hire")


def _plain(value: Any) -> object:
    if isinstance(value, dt.date):
        return day(value)
    return value if value is None or isinstance(value, str) else number(value)


def _bookkeeping(log: Iterable[Row], people: Mapping[str, Row], settings: Settings) -> Iterator[Disagreement]:
    """Ids, sequence, ages and amounts: what follows from the other columns of the log."""
    by_person: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in log:
        by_person[str(row["employee_id"]), int(row["simulation_year"])].append(row)
    for (name, year), events in by_person.items():
        events.sort(key=lambda row: (day(row["effective_date"]), _rank(row)))
        for position, row in enumerate(events, start=1):
            for column, value in _expected(row, position, people[name], settings).items():
                found = row[column]
                if (number(found) if isinstance(value, Fraction) and found is not None else found) != value:
                    yield Disagreement(name, year, f"{row['event_type']}.{column}", found, value)


def _rank(row: Row) -> int:
    return [*SAME_DAY, "forfeiture"].index(str(row["event_type"]))


def _expected(row: Row, position: int, person: Row, settings: Settings) -> dict[str, object]:
    on, run = day(row["effective_date"]), settings.simulation
    key = "|".join(
        map(str, (run.scenario_id, run.plan_design_id, row["employee_id"], row["simulation_year"], row["event_type"]))
    )
    expected: dict[str, object] = {
        "event_sequence": position,
        "event_id": uuid.UUID(hashlib.md5(f"{key}|{position}".encode(), usedforsecurity=False).hexdigest()),
        "scenario_id": run.scenario_id,
        "plan_design_id": run.plan_design_id,
        "employee_age": completed_years(day(person["birth_date"]), on),
        "employee_tenure": completed_years(day(person["hire_date"]), on),
    }
    if row["event_type"] in ("promotion", "raise"):
        expected["amount"] = number(row["compensation_after"]) - number(row["compensation_before"])
    elif row["event_type"] != "forfeiture":
        expected["amount"] = None
    return expected


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
