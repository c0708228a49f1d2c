"""Censuses for tests of the model: synthetic people, and hand-picked ones on whom a rule is likely to trip."""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from tests.engine import write_census
from tests.oracle.published import LIMITS

Person = dict[str, Any]


def odd_people(first_year: int) -> list[Person]:
    """Twelve people at the edges of the rules, as of 31 December before the first year."""
    eve = dt.date(first_year - 1, 12, 31)

    def born(age: int, month: int = 6, day: int = 15) -> dt.date:
        return dt.date(first_year - 1 - age, month, day)

    def hired(years: int, month: int = 3, day: int = 1) -> dt.date:
        return dt.date(first_year - 1 - years, month, day)

    return [
        # Leap days: a birthday and a first day that common years do not have.
        person("ODD01", dt.date(1964, 2, 29), dt.date(2016, 2, 29), 91_234.56, deferral_rate=0.10, roth_share=0.4),
        # Owner, far above every limit on pay; contributes above 402(g). Among the first seven, exactly 60% of the
        # employer's money is the owner's.
        person(
            "ODD02", born(57), hired(20), 912_000.01, deferral_rate=0.15, is_five_percent_owner=True,
            employer_account_balance=60,
        ),
        # The higher catch-up of ages 60 to 63.
        person(
            "ODD03", born(60, 12, 31), hired(9), 260_000, deferral_rate=0.2, prior_year_compensation=250_000,
            employer_account_balance=40,
        ),
        # Old, few hours, below the first pay band.
        person("ODD04", born(72), hired(31), 24_000, scheduled_hours_per_week=12),
        # Not yet 21, hired on the eve of the year.
        person("ODD05", born(20, 7, 1), eve, 56_000),
        # In a job class that the plan excludes, at 982.8 hours a year.
        person("ODD06", born(40), hired(5), 120_999.99, plan_eligible=False, scheduled_hours_per_week=18.9),
        # Elects nearly all pay.
        person("ODD07", born(63), hired(2), 99_000, deferral_rate=0.74),
        # Does not want to be escalated; will be 50 on the last day of the first year.
        person("ODD08", born(49, 12, 31), hired(3), 150_000, deferral_rate=0.04, auto_escalation_opt_out=True),
        # Money from before the census, vesting service credited apart from the hire date.
        person(
            "ODD09", born(35), hired(1), 70_000, deferral_rate=0.06, employer_account_balance=80_000.55,
            years_of_vesting_service=1.5,
        ),
        # Announced to leave later: still employed, at 1 000.48 hours a year.
        person(
            "ODD10", born(65, 1, 1), hired(10), 81_000, termination_date=dt.date(first_year, 6, 30),
            scheduled_hours_per_week=19.24,
        ),
        # At the top level, and an id that is not ASCII.
        person("ODD11-Zoë-李", born(52), hired(15), 499_999.99, job_level=5, deferral_rate=0.01),
        # Hired in the year before, eligible by the census on a date of its own.
        person("ODD12", born(24), hired(0, 11, 30), 64_321.1, eligibility_date=dt.date(first_year, 4, 1)),
    ]  # fmt: skip


def boundary_people(first_year: int) -> list[Person]:
    """People exactly at a bound in the first year: hired too late for its raise, so that what is written here holds.

    The bounds are those of the law; 20 hours a week are 1 040 a year, which a world has to set as its minimum (no
    number of weekly hours gives 1 000.00).
    """
    eve = dt.date(first_year - 1, 12, 31)
    limits = LIMITS.of(first_year)
    deferring = {"auto_escalation_opt_out": True}
    last_day, first_day = (12, 31), (1, 1)
    hired_before = dt.date(first_year - 2, 9, 15)

    def reaches(age: int, day: tuple[int, int]) -> dt.date:
        return dt.date(first_year - age, *day)

    return [
        # Plan compensation at 401(a)(17) and a cent above it.
        person("BOUND01", reaches(35, (6, 15)), eve, float(limits.compensation), deferral_rate=0.03, **deferring),
        person(
            "BOUND02", reaches(35, (6, 15)), eve, float(limits.compensation) + 0.01, deferral_rate=0.03, **deferring
        ),
        # Deferrals at 402(g), and at the limit with catch-up.
        person(
            "BOUND03", reaches(49, last_day), eve, float(limits.elective_deferral * 10), deferral_rate=0.1, **deferring
        ),
        person(
            "BOUND04", reaches(50, last_day), eve, float((limits.elective_deferral + limits.catch_up) * 4),
            deferral_rate=0.25, **deferring,
        ),
        # Fifty a day after the year; sixty on its last day; sixty-three and sixty-four on it. All defer too much.
        person("BOUND05", reaches(49, first_day), eve, 200_000, deferral_rate=0.4, **deferring),
        person("BOUND06", reaches(60, last_day), eve, 200_000, deferral_rate=0.4, **deferring),
        person("BOUND07", reaches(63, first_day), eve, 200_000, deferral_rate=0.4, **deferring),
        person("BOUND08", reaches(64, last_day), eve, 200_000, deferral_rate=0.4, **deferring),
        # Half time, at a minimum of 1 040 hours; pay where a segment begins.
        person("BOUND09", reaches(30, (6, 15)), eve, 50_000, deferral_rate=0.06, scheduled_hours_per_week=20),
        # Five years of service on the last day, and a day after it; pay of the year before at the HCE limit.
        person(
            "BOUND10", reaches(45, (6, 15)), dt.date(first_year - 5, 12, 31), 150_000, deferral_rate=0.06,
            prior_year_compensation=float(LIMITS.of(first_year - 1).hce_compensation),
        ),
        person("BOUND11", reaches(45, (6, 15)), dt.date(first_year - 4, 1, 1), 150_000, deferral_rate=0.06),
        # Plan compensation at the wage base, where permitted disparity begins.
        person("BOUND12", reaches(33, (6, 15)), eve, float(limits.wage_base), deferral_rate=0.05, **deferring),
        # Amounts of some cents; a deferral of whole dollars and a cent.
        person("BOUND13", reaches(33, (6, 15)), eve, 15, deferral_rate=0.05, **deferring),
        person("BOUND14", reaches(33, (6, 15)), eve, 10_001, deferral_rate=0.01, **deferring),
        # The age of entry, 20 or 21, reached on the 29 February of a year that may have none; hired three years before
        # the day of the census.
        person("BOUND15", _leap_day_near(first_year - 20), dt.date(first_year - 4, 12, 31), 60_000),
        # Hired on the cutoff of automatic enrolment that a world sets three years back; eligible in the first year.
        person(
            "BOUND16", reaches(40, (6, 15)), dt.date(first_year - 3, 1, 1), 45_000,
            eligibility_date=dt.date(first_year, 4, 1),
        ),
        # Eligible 180 days before the year: on the last day of a window of automatic enrolment that a world has.
        person(
            "BOUND17", reaches(28, (6, 15)), hired_before, 40_000,
            eligibility_date=dt.date(first_year, 1, 1) - dt.timedelta(days=180),
        ),
        # Eligible so late that, a month's window and a day of grace later, an opt-out falls on 31 December; 32 days at
        # this pay are half a cent short by half a part in 365.
        person("BOUND18", reaches(26, (6, 15)), eve, 35_001.96, eligibility_date=dt.date(first_year, 11, 30)),
        # Pay where a segment of income begins, eligible and not enrolled.
        person("BOUND19", reaches(37, (6, 15)), hired_before, 50_000),
        person("BOUND20", reaches(37, (6, 15)), hired_before, 100_000),
        # Catch-up, and pay of the year before at the bound above which it must be Roth.
        person(
            "BOUND23", reaches(50, last_day), eve, 200_000, deferral_rate=0.4,
            prior_year_compensation=float(limits.roth_catch_up_wages or 0), **deferring,
        ),
        # Where everything is contributed, more than all pay by less than a dollar.
        person("BOUND24", reaches(33, (6, 15)), eve, 10, deferral_rate=0.74, **deferring),
        # Twelve months on the day of a raise in January, and in July; by the census they enter on the last day of the
        # first year, and in the second.
        person(
            "BOUND21", reaches(29, (6, 15)), dt.date(first_year - 1, 1, 1), 58_000,
            eligibility_date=dt.date(first_year, 12, 31),
        ),
        person(
            "BOUND22", reaches(29, (6, 15)), dt.date(first_year - 1, 7, 1), 59_000,
            eligibility_date=dt.date(first_year + 1, 2, 15),
        ),
        # Deferrals of 50 dollars and of a cent less, of which a hundredth of a percent is just short of half a cent; of
        # a cent, and of less than half a cent.
        person("BOUND25", reaches(33, (6, 15)), eve, 7_141.43, deferral_rate=0.007, **deferring),
        person("BOUND26", reaches(33, (6, 15)), eve, 71_428.57, deferral_rate=0.0007, **deferring),
        person("BOUND27", reaches(33, (6, 15)), eve, 1, deferral_rate=0.01, **deferring),
        person("BOUND28", reaches(33, (6, 15)), eve, 0.44, deferral_rate=0.01, **deferring),
        # Has given notice for the last day of the year.
        person("BOUND29", reaches(42, (6, 15)), hired_before, 66_000, termination_date=dt.date(first_year, 12, 31)),
        # Vesting service that begins on 5 January in common years: five days after the hire, and six.
        person(
            "BOUND30", reaches(36, (6, 15)), dt.date(first_year - 5, 12, 31), 62_000, deferral_rate=0.06,
            employer_account_balance=9_000, years_of_vesting_service=3.99,
        ),
        person(
            "BOUND31", reaches(36, (6, 15)), dt.date(first_year - 5, 12, 30), 63_000, deferral_rate=0.06,
            employer_account_balance=9_000, years_of_vesting_service=3.99,
        ),
    ]  # fmt: skip


def _leap_day_near(year: int) -> dt.date:
    """29 February of the year, or of the last leap year before it."""
    while not isleap(year):
        year -= 1
    return dt.date(year, 2, 29)


def census_of(
    folder: Path, number: int, first_year: int, *, in_departments: bool = False, more: Sequence[Person] = ()
) -> Path:
    """A canonical census: the odd people first, those at bounds, then synthetic ones up to the number wanted.

    Args:
        folder: receives it.
        number: of people.
        first_year: they are there on the eve of it.
        in_departments: whether they have groups.
        more: others in front of the synthetic ones, beyond the number.
    """
    if in_departments:
        return _in_departments(census_of(folder, number, first_year, more=more))
    path = folder / f"census_{number}_{first_year}{'_'.join(['', *(one['employee_id'] for one in more)])}.parquet"
    if path.exists():
        return path
    odd = [*[*odd_people(first_year), *boundary_people(first_year)][:number], *more]
    number += len(more)
    if number <= len(odd):
        return write_census(path, odd)
    eve = dt.date(first_year - 1, 12, 31)
    generate_census(folder / "synthetic.csv", employees=number - len(odd), seed=7, as_of=eve)
    read_census(folder / "synthetic.csv", as_of=eve, output=folder / "synthetic.parquet")
    write_census(folder / "odd.parquet", odd)
    with duckdb.connect() as connection:
        parts = ", ".join(f"'{(folder / name).as_posix()}'" for name in ("odd.parquet", "synthetic.parquet"))
        connection.execute(
            f"copy (from read_parquet([{parts}], union_by_name = true) order by employee_id) to '{path.as_posix()}'"
        )
    return path


def _in_departments(census: Path) -> Path:
    """The same people with a department, which a tenth do not have, and a location; a fifth are in a union."""
    path = census.with_name(f"{census.stem}_grouped.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select * exclude (draw, is_union_member), draw % 5 = 3 as is_union_member,"
            " case when draw < 10 then null when draw < 40 then 'Sales' when draw < 60"
            " then 'IT' else 'Operations' end as department, if(draw % 2 = 0, 'Reno', 'Boston') as location from"
            f" (select *, md5_number_lower(employee_id) % 100 as draw from '{census.as_posix()}')"
            f" order by employee_id) to '{path.as_posix()}'"
        )
    return path


def person(employee_id: str, birth_date: dt.date, hire_date: dt.date, pay: float, **more: Any) -> Person:
    return {
        "employee_id": employee_id,
        "birth_date": birth_date,
        "hire_date": hire_date,
        "annual_compensation": pay,
        **more,
    }
