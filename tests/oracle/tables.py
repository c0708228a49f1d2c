"""Assumption tables as a run used them: the bundled files, a folder of replacements, and overrides of single rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.oracle.exact import exact
from tests.oracle.limits import Limits
from tests.oracle.vesting import Schedule

Row = dict[str, str]

KEYS: dict[str, tuple[str, ...]] = {
    "irs_limits": ("limit_year",),
    "levels": ("level_id",),
    "vesting_schedules": ("schedule", "years_of_service"),
}
"""The columns by which an override names a row."""


@dataclass(frozen=True)
class Tables:
    """The tables on which a person's year depends."""

    limits: Mapping[int, Limits]
    vesting: Mapping[str, Schedule]
    minimum_pay: Mapping[int, Fraction]
    merit: Mapping[int, Fraction]


def load_tables(
    seeds: Path, replacements: Path | None = None, overrides: Mapping[str, list[dict[str, Any]]] | None = None
) -> Tables:
    """Read the tables.

    Args:
        seeds: folder of the bundled CSV files.
        replacements: folder of CSV files that replace bundled ones of the same name.
        overrides: changed rows by table.
    """

    def rows(name: str) -> list[Row]:
        replaced = None if replacements is None else replacements / f"{name}.csv"
        path = replaced if replaced is not None and replaced.exists() else seeds / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return override(list(csv.DictReader(file)), (overrides or {}).get(name, []), KEYS[name])

    levels = rows("levels")
    return Tables(
        limits={int(row["limit_year"]): _limits(row) for row in rows("irs_limits")},
        vesting=_schedules(rows("vesting_schedules")),
        minimum_pay={int(row["level_id"]): exact(row["min_pay"]) for row in levels},
        merit={int(row["level_id"]): exact(row["merit_rate"]) for row in levels},
    )


def override(rows: list[Row], changes: Iterable[Mapping[str, Any]], key: tuple[str, ...]) -> list[Row]:
    """Rows with changes laid over those that have the same key; a new key adds a row."""
    by_key = {tuple(row[column] for column in key): row for row in rows}
    for change in changes:
        text = {column: "" if value is None else str(value) for column, value in change.items()}
        name = tuple(text[column] for column in key)
        by_key[name] = {**by_key.get(name, {}), **text}
    return list(by_key.values())


def _limits(row: Row) -> Limits:
    roth = row.get("roth_catch_up_wages")
    return Limits(
        elective_deferral=exact(row["elective_deferral_limit"]),
        catch_up=exact(row["catch_up_limit"]),
        catch_up_60_63=exact(row["catch_up_limit_60_63"]),
        annual_additions=exact(row["annual_additions_limit"]),
        compensation=exact(row["compensation_limit"]),
        hce_compensation=exact(row["hce_compensation"]),
        wage_base=exact(row["social_security_wage_base"]),
        roth_catch_up_wages=exact(roth) if roth else None,
    )


def _schedules(rows: Iterable[Row]) -> dict[str, dict[int, Fraction]]:
    schedules: dict[str, dict[int, Fraction]] = {}
    for row in rows:
        steps = schedules.setdefault(row["schedule"], {})
        steps[int(row["years_of_service"])] = exact(row["vested_percentage"])
    return schedules
