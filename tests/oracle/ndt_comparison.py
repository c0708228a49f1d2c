"""Hold the nondiscrimination tests of a finished run against the oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.config.plan import Forfeitures
from planalign_orchestrator.config.settings import Settings, settings_of
from tests.oracle.comparison import limit_table, tables_of
from tests.oracle.ndt import averages_of, tests_of_year
from tests.oracle.ndt_people import Plan, someone

Row = Mapping[str, Any]
KEYS = ("test", "test_group", "employee_id")


def compare_tests(database: Path, settings: Settings, seeds_dir: Path) -> list[str]:
    """Every difference between the tests that a run has made and those of the oracle, a line each.

    Args:
        database: finished by the run.
        settings: of the run.
        seeds_dir: folder of the bundled assumption tables.
    """
    found: list[str] = []
    with duckdb.connect(str(database), read_only=True) as connection:
        for year in range(settings.simulation.start_year, settings.simulation.end_year + 1):
            before = averages_of(_rows(connection, "fct_ndt_test", year - 1))
            in_force = settings_of(settings, year)
            if not any(row["closing_balance"] for row in _rows(connection, "fct_forfeiture_account", year - 1)):
                # Nothing is there to reallocate.
                rest = in_force.plan.model_copy(update={"forfeitures": Forfeitures()})
                in_force = in_force.model_copy(update={"plan": rest})
            plan = Plan.of(in_force, limit_table(in_force, tables_of(in_force, seeds_dir)).of(year), year)
            own = {row["person_key"]: row for row in _rows(connection, "fct_employee_contributions", year)}
            snapshot = _rows(connection, "fct_workforce_snapshot", year)
            people = [someone({**own[row["person_key"]], **row}, plan) for row in snapshot]
            tests, persons = tests_of_year(people, plan, before)
            found += differences(year, _rows(connection, "fct_ndt_test", year), tests)
            wide = _rows(connection, "fct_ndt_person", year)
            found += differences(year, [part for row in wide for part in by_test(row)], persons)
    return found


def differences(year: int, engine: Sequence[Row], oracle: Sequence[Row]) -> list[str]:
    """What the rows of a year say otherwise, a line each."""
    theirs = {tuple(row.get(key) for key in KEYS): row for row in engine}
    ours = {tuple(row.get(key) for key in KEYS): row for row in oracle}
    assert len(theirs) == len(engine) and len(ours) == len(oracle), "rows share a key"
    found = [f"{year} {key}: only in one of the two" for key in sorted(theirs.keys() ^ ours.keys(), key=str)]
    for key in theirs.keys() & ours.keys():
        found += [
            f"{year} {key} {column}: engine {theirs[key][column]}, oracle {value if value is None else float(value)}"
            if isinstance(value, Fraction) else f"{year} {key} {column}: engine {theirs[key][column]}, oracle {value}"
            for column, value in ours[key].items()
            if not _same(theirs[key][column], value, column)
        ]  # fmt: skip
    return found


_CORRECTIONS = (
    "excess", "returned", "recharacterized", "refund", "refund_earnings", "related_match_forfeited", "forfeited",
)  # fmt: skip


def by_test(row: Row) -> Iterator[Row]:
    """A person's row as one row a test; nothing is returned where a test has not failed."""
    nothing = dict.fromkeys(_CORRECTIONS, 0)
    yield {**row, "test": "adp", **nothing, **{name: row[name] or 0 for name in _CORRECTIONS if name in row}}
    if row["match_out_reason"] != "no_match":
        of_match = {name.removeprefix("match_"): row[name] for name in row if name.startswith("match_")}
        kept = {name: value for name, value in of_match.items() if value is not None or name not in _CORRECTIONS}
        yield {**row, "test": "acp", **nothing, **kept}
    if row["core_ratio"] is not None:
        yield {**row, "test": "amount_core", "amount": row["core_amount"], "ratio": row["core_ratio"]}


def _same(engine: Any, oracle: Any, column: str) -> bool:
    value = _value(engine)
    if column == "leveled_ratio" and value is not None and oracle is not None:
        return bool(abs(value - oracle) <= Fraction(1, 10_000))  # a quotient of binary numbers
    return bool(value == oracle)


def _value(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _rows(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> list[Row]:
    cursor = connection.execute(f"select * from {table} where simulation_year = ?", [year])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
