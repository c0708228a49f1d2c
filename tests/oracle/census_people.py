"""The opening workforce of the first year, from the census as the intake left it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from tests.oracle.dates import last_day
from tests.oracle.eligibility import plan_entry
from tests.oracle.exact import ZERO, exact
from tests.oracle.hce import Worker, estimated_pay
from tests.oracle.person_year import Person
from tests.oracle.plan import EntryRule
from tests.oracle.workforce import level_by_pay

Record = Mapping[str, Any]


CANONICAL_COLUMNS = frozenset(
    (
        *("employee_id", "birth_date", "hire_date", "annual_compensation", "termination_date", "job_level"),
        *("deferral_rate", "enrollment_date", "eligibility_date", "scheduled_hours_per_week"),
        *("prior_year_compensation", "is_five_percent_owner", "auto_escalation_opt_out", "plan_eligible"),
        *("employer_account_balance", "years_of_vesting_service", "roth_share"),
    )
)
"""Every other column is a group."""


@dataclass(frozen=True)
class Member:
    """A person with the state that goes from year to year.

    Attributes:
        enrolled_on: start of the present enrolment, or None when not enrolled.
        known_exit: the day on which the person leaves, where the census has one.
        prior_pay: pay of the year before, stated or estimated; None for somebody hired in the year.
    """

    person: Person
    pay: Fraction
    level: int
    deferral_rate: Fraction = ZERO
    enrolled_on: dt.date | None = None
    enrolled_by: str = "census"
    ever_opted_out: bool = False
    escalations: int = 0
    escalation_opt_out: bool = False
    prior_pay: Fraction | None = None
    match_balance: Fraction = ZERO
    core_balance: Fraction = ZERO
    match_vested: Fraction = ZERO
    core_vested: Fraction = ZERO
    known_exit: dt.date | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


def read_census(path: Path) -> list[Record]:
    """The rows of a census in Parquet, by column name."""
    with duckdb.connect() as connection:
        cursor = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def opening_members(
    census: list[Record],
    *,
    first_year: int,
    entry: EntryRule,
    minimum_pay: Mapping[int, Fraction],
) -> dict[str, Member]:
    """The people of a census who are employed on 31 December before the first year.

    Args:
        census: its rows.
        first_year: first simulated year.
        entry: the plan's entry rule, for people whose entry date the census does not know.
        minimum_pay: lower ends of the level bands, for people without a level.
    """
    as_of = last_day(first_year - 1)
    return {
        str(row["employee_id"]): _member(row, as_of, entry, minimum_pay)
        for row in census
        if row.get("termination_date") is None or day(row["termination_date"]) > as_of
    }


def look_back_workers(census: list[Record], *, first_year: int) -> list[Worker]:
    """Everybody of a census who worked in the year before the first one, leavers included."""
    year = first_year - 1
    workers = []
    for row in census:
        left = _optional_day(row, "termination_date")
        if left is None or left.year >= year:
            person, stated = _person(row, last_day(year)), _optional(row, "prior_year_compensation")
            rate = number(row["annual_compensation"])
            pay = estimated_pay(rate, person.hire_date, left, year) if stated is None else stated
            workers.append(worker_of(person, pay, min(left or last_day(year), last_day(year))))
    return workers


def worker_of(person: Person, pay: Fraction, last_day_of_work: dt.date) -> Worker:
    """A person as the look-back to a year sees them."""
    return Worker(
        person.employee_id,
        pay,
        person.birth_date,
        person.hire_date,
        last_day_of_work,
        person.weekly_hours,
        person.union,
    )


def day(value: dt.date | dt.datetime) -> dt.date:
    """A date, also from a timestamp."""
    return value.date() if isinstance(value, dt.datetime) else value


def number(value: int | float | Decimal) -> Fraction:
    """A number from the database; floating point is read to nine decimals."""
    return exact(round(value, 9)) if isinstance(value, float) else exact(value)


def _optional(row: Record, column: str) -> Fraction | None:
    value = row.get(column)
    return None if value is None else number(value)


def _optional_day(row: Record, column: str) -> dt.date | None:
    value = row.get(column)
    return None if value is None else day(value)


def _person(row: Record, as_of: dt.date) -> Person:
    hours = _optional(row, "scheduled_hours_per_week")
    return Person(
        employee_id=str(row["employee_id"]),
        birth_date=day(row["birth_date"]),
        hire_date=day(row["hire_date"]),
        weekly_hours=Fraction(40) if hours is None else hours,
        owner=bool(row.get("is_five_percent_owner")),
        excluded=row.get("plan_eligible") is False,
        known_entry=_optional_day(row, "eligibility_date"),
        credited_service=_optional(row, "years_of_vesting_service"),
        credited_on=as_of,
        union=bool(row.get("is_union_member")),
        roth_share=_optional(row, "roth_share"),
    )


def _member(row: Record, as_of: dt.date, entry: EntryRule, minimum_pay: Mapping[int, Fraction]) -> Member:
    person = _person(row, as_of)
    groups = {name: value or "not given" for name, value in row.items() if name not in CANONICAL_COLUMNS}
    pay = number(row["annual_compensation"])
    rate = ZERO if person.excluded else _optional(row, "deferral_rate") or ZERO
    enrolled_on = None
    if rate > 0:
        # Whom the census shows as a participant is in the plan, whatever the entry rule would say.
        who = (person.birth_date, person.hire_date, person.weekly_hours, groups)
        entered = person.known_entry or plan_entry(entry, *who)
        enrolled_on = min(_optional_day(row, "enrollment_date") or entered or as_of, as_of)
        person = replace(person, known_entry=min(entered or as_of, enrolled_on))
    prior_pay = _optional(row, "prior_year_compensation")
    if prior_pay is None:
        prior_pay = estimated_pay(pay, person.hire_date, None, as_of.year)
    level = row.get("job_level")
    return Member(
        person=person,
        pay=pay,
        level=level_by_pay(pay, minimum_pay) if level is None else min(int(level), max(minimum_pay)),
        deferral_rate=rate,
        enrolled_on=enrolled_on,
        escalation_opt_out=bool(row.get("auto_escalation_opt_out")),
        prior_pay=prior_pay,
        match_balance=_optional(row, "employer_account_balance") or ZERO,
        known_exit=_optional_day(row, "termination_date"),
        groups=groups,
    )
