"""Generated inputs: censuses, plans, settings and the history of one person's year.

The generators lean towards the places where rules change: birthdays on 29 February, hires on 31 December, exits on
1 January, ages around the catch-up years, pay around the limits. What they make is valid; ``faulty_census_rows`` makes
rows that an intake must refuse.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from planalign_orchestrator.config.contributions import BANDS_OF_FAMILY, MatchFamily, MatchFormula
from tests.oracle.dates import first_day, last_day
from tests.oracle.periods import Change
from tests.oracle.person_year import Opening, Person, YearEvents

Row = dict[str, Any]
Tree = dict[str, Any]

NOTABLE_PAY = ("15000", "49999.99", "56000", "81000", "120999.99", "160000", "160000.01", "176100", "184500", "360000")
EXIT_REASONS = ("retirement", "death", "disability", "reduction_in_force", "voluntary", "involuntary", "known")
VESTING_SCHEDULES = (
    "immediate",
    "cliff_2",
    "cliff_3",
    "graded_2_6",
    "qaca_2",
    "graded_3",
    "graded_4",
    "graded_5",
)
CENSUS_COLUMNS = (
    "employee_id",
    "birth_date",
    "hire_date",
    "annual_compensation",
    "job_level",
    "deferral_rate",
    "enrollment_date",
    "scheduled_hours_per_week",
    "prior_year_compensation",
    "is_five_percent_owner",
    "auto_escalation_opt_out",
    "plan_eligible",
    "employer_account_balance",
    "years_of_vesting_service",
)


def steps(low: int, high: int, per: int) -> SearchStrategy[float]:
    """Shares that a person would type: ``low / per`` to ``high / per``."""
    return st.integers(low, high).map(lambda whole: whole / per)


def dollars(low: int, high: int) -> SearchStrategy[str]:
    """Amounts with cents, as decimal text."""
    return st.integers(low * 100, high * 100).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


def pays() -> SearchStrategy[str]:
    """Annual rates of pay, some of them at a limit."""
    return st.one_of(dollars(15_000, 400_000), st.sampled_from(NOTABLE_PAY))


def days_of(year: int) -> SearchStrategy[dt.date]:
    """Days of a year; the ends and the end of February come up more often."""
    notable = [first_day(year), last_day(year), dt.date(year, 3, 1), dt.date(year, 2, 28), dt.date(year, 7, 1)]
    if (dt.date(year, 3, 1) - dt.date(year, 2, 28)).days == 2:
        notable.append(dt.date(year, 2, 29))
    return st.one_of(st.dates(first_day(year), last_day(year)), st.sampled_from(notable))


def birth_dates(year: int) -> SearchStrategy[dt.date]:
    """Birth dates of adults in a year, with the ages at which the law changes, and 29 February."""
    ages = st.one_of(st.integers(22, 75), st.sampled_from((49, 50, 59, 60, 63, 64, 65)))
    leap = st.sampled_from([dt.date(born, 2, 29) for born in range(1956, 2001, 4)])
    return st.one_of(ages.flatmap(lambda age: days_of(year - age)), leap)


# --- census ---------------------------------------------------------------------------------------------------------


@st.composite
def census_rows(draw: DrawFn, employee_id: str, as_of: dt.date) -> Row:
    """One census row, by column name, values as the text of a CSV file.

    Only people who are in any plan by then (three years of service, age 22) have a deferral election.
    """
    birth = draw(birth_dates(as_of.year))
    youngest = dt.date(birth.year + 18, 1, 1)
    latest = as_of
    hire = draw(st.one_of(st.dates(youngest, latest), days_of(draw(st.integers(youngest.year, latest.year)))))
    row: Row = {
        "employee_id": employee_id,
        "birth_date": birth.isoformat(),
        "hire_date": hire.isoformat(),
        "annual_compensation": draw(pays()),
        "job_level": draw(st.one_of(st.just(""), st.integers(1, 5).map(str))),
        "scheduled_hours_per_week": draw(st.sampled_from(("", "40", "37.5", "20", "19.25"))),
        "prior_year_compensation": draw(st.one_of(st.just(""), pays())),
        "is_five_percent_owner": draw(st.sampled_from(("", "false", "false", "true"))),
        "auto_escalation_opt_out": draw(st.sampled_from(("", "false", "true"))),
        "plan_eligible": draw(st.sampled_from(("", "true", "true", "false"))),
        "employer_account_balance": draw(st.one_of(st.just(""), dollars(0, 200_000))),
        "years_of_vesting_service": draw(st.sampled_from(("", "0", "1", "1.5", "2", "4.99", "6"))),
        "deferral_rate": "",
        "enrollment_date": "",
    }
    settled = hire <= as_of.replace(year=as_of.year - 3) and birth.year <= as_of.year - 25
    if settled and row["plan_eligible"] != "false" and draw(st.booleans()):
        row["deferral_rate"] = draw(st.sampled_from(("0.01", "0.02", "0.055", "0.06", "0.1", "0.15", "0.4", "0.75")))
        row["enrollment_date"] = draw(st.dates(as_of.replace(year=as_of.year - 2, day=1), as_of)).isoformat()
    return row


@st.composite
def censuses(draw: DrawFn, first_year: int = 2025, min_size: int = 1, max_size: int = 30) -> list[Row]:
    """Censuses as of 31 December before the first simulated year."""
    as_of = last_day(first_year - 1)
    size = draw(st.integers(min_size, max_size))
    return [draw(census_rows(f"E{number:05d}", as_of)) for number in range(1, size + 1)]


@st.composite
def faulty_census_rows(draw: DrawFn, first_year: int = 2025) -> tuple[Row, str]:
    """A row with one fault, and the column that the intake must name."""
    row = draw(census_rows("E00001", last_day(first_year - 1)))
    column, value = draw(
        st.sampled_from(
            (
                ("employee_id", ""),
                ("birth_date", "1980-02-30"),
                ("birth_date", ""),
                ("hire_date", "yesterday"),
                ("hire_date", f"{first_year}-01-01"),
                ("hire_date", "1900-01-01"),
                ("annual_compensation", "0"),
                ("annual_compensation", "-50000"),
                ("annual_compensation", "a lot"),
                ("annual_compensation", "nan"),
            )
        )
    )
    return {**row, column: value}, column


def write_census(rows: Sequence[Row], path: Path) -> Path:
    """Write rows as a CSV file with all columns of ``CENSUS_COLUMNS``."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CENSUS_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- plans ----------------------------------------------------------------------------------------------------------


@st.composite
def match_tiers(draw: DrawFn, min_size: int = 1, max_size: int = 3) -> list[Tree]:
    """Tiers that touch each other, from 0 on."""
    ends = sorted(draw(st.sets(st.integers(1, 15), min_size=min_size, max_size=max_size)))
    starts = [0, *ends[:-1]]
    return [
        {"deferral_from": low / 100, "deferral_to": high / 100, "rate": draw(steps(0, 8, 4))}
        for low, high in zip(starts, ends, strict=True)
    ]


@st.composite
def band_minima(draw: DrawFn, highest: int) -> list[int]:
    """Lower ends of bands, rising from 0."""
    return [0, *sorted(draw(st.sets(st.integers(1, highest), max_size=3)))]


@st.composite
def contribution_eligibilities(draw: DrawFn) -> Tree:
    """Conditions for an employer contribution."""
    return {
        "require_employment_on_last_day": draw(st.booleans()),
        "last_day_exceptions": draw(st.lists(st.sampled_from(EXIT_REASONS), unique=True, max_size=3)),
        "minimum_hours": float(draw(st.sampled_from((0, 500, 1000, 1950)))),
        "waive_hours_for_new_hires": draw(st.booleans()),
        "waive_hours_for_leavers": draw(st.booleans()),
        "minimum_service_years": draw(st.integers(0, 3)),
    }


@st.composite
def services(draw: DrawFn) -> Tree:
    """Service that opens a source of money: elapsed time, or years of so many hours."""
    if draw(st.booleans()):
        return {"years": draw(st.integers(1, 2)), "hours": draw(st.sampled_from((0.0, 500.0, 1000.0)))}
    return {"months": draw(st.sampled_from((0, 0, 3, 11))), "days": draw(st.sampled_from((0, 0, 1, 30)))}


@st.composite
def entries(draw: DrawFn) -> Tree:
    """The entry into an employer contribution."""
    return {
        "minimum_age": draw(st.sampled_from((0, 0, 21))),
        "service": draw(services()),
        "entry_dates": draw(st.sampled_from(("immediate", "immediate", "monthly", "semiannual"))),
        "compensation": draw(st.sampled_from(("from_entry", "full_year"))),
    }


@st.composite
def matches(draw: DrawFn) -> Tree:
    """A match of any family."""
    family = draw(st.sampled_from(get_args(MatchFamily)))
    tree: Tree = {
        "family": family,
        "max_match_percentage": draw(steps(0, 12, 100)),
        "entry": draw(entries()),
        "eligibility": draw(contribution_eligibilities()),
    }
    if family == "deferral_tiers":
        tree["formula"] = draw(st.sampled_from(get_args(MatchFormula)))
        if tree["formula"] == "custom":
            tree["tiers"] = draw(match_tiers())
    elif family != "none":
        setting = BANDS_OF_FAMILY[family]
        most_tiers = 1 if family == "graded_by_service" else 3
        tree[setting] = [
            {"minimum": minimum, "tiers": draw(match_tiers(max_size=most_tiers))}
            for minimum in draw(band_minima(25 if setting == "service_bands" else 100))
        ]
    return tree


@st.composite
def cores(draw: DrawFn) -> Tree:
    """A core contribution of any type; permitted disparity stays within IRC 401(l)."""
    kind = draw(st.sampled_from(("none", "flat", "graded_by_service", "points", "age_bands")))
    tree: Tree = {"type": kind, "entry": draw(entries()), "eligibility": draw(contribution_eligibilities())}
    rates: list[float] = []
    if kind == "flat":
        tree["rate"] = draw(steps(0, 25, 100))
        rates = [tree["rate"]]
    elif kind != "none":
        highest = {"graded_by_service": 25, "points": 100, "age_bands": 65}[kind]
        minima: list[int] = draw(band_minima(highest))
        tree["bands"] = [{"minimum": low, "rate": draw(steps(0, 20, 100))} for low in minima]
        rates = [band["rate"] for band in tree["bands"] if band["rate"] > 0]
    disparate: bool = draw(st.booleans())
    if rates and disparate:
        tree["permitted_disparity"] = draw(disparities(min(rates)))
    return tree


@st.composite
def disparities(draw: DrawFn, lowest_rate: float) -> Tree:
    """Permitted disparity for a base rate (Treas. Reg. 1.401(l)-2(d)(4))."""
    shares = ((1.0, 57), (0.9, 54), (0.81, 54), (0.8, 43), (0.5, 43), (0.2, 57))
    amounts = ((10_000, 57), (60_000, 43), (400_000, 43))
    key = draw(st.sampled_from(("integration_level", "integration_amount")))
    level, allowed = draw(st.sampled_from(shares if key == "integration_level" else amounts))
    highest = min(allowed, round(lowest_rate * 1000))
    return {"enabled": True, key: level, "excess_rate": draw(steps(0, highest, 1000))}


@st.composite
def enrollments(draw: DrawFn, maximum_rate: float) -> Tree:
    """How people come to take part; the default rate is one that the plan allows."""
    highest = round(maximum_rate * 100)
    return {
        "auto_enrollment": {
            "enabled": draw(st.booleans()),
            "scope": draw(st.sampled_from(("new_hires_only", "all_eligible_employees"))),
            "default_deferral_rate": draw(steps(1, min(10, highest), 100)),
            "window_days": draw(st.sampled_from((0, 30, 45, 90, 180))),
            "opt_out_grace_period": draw(st.sampled_from((1, 30, 90))),
        },
        "match_magnet": {"probability": draw(steps(0, 4, 4)), "maximum_rate": draw(steps(0, 12, 100))},
        "opt_out_cooling_years": draw(st.integers(1, 3)),
        "voluntary_rate_multiplier": draw(st.sampled_from((0.0, 1.0, 3.0))),
        "conversion_rate_multiplier": draw(st.sampled_from((0.0, 1.0, 10.0))),
        "opt_out_rate_multiplier": draw(st.sampled_from((0.0, 1.0, 10.0))),
    }


@st.composite
def plans(draw: DrawFn) -> Tree:
    """The ``plan`` section of a configuration."""
    maximum_rate = draw(st.sampled_from((0.05, 0.1, 0.5, 0.75)))
    return {
        "eligibility": {
            "minimum_age": draw(st.sampled_from((0, 18, 21))),
            "waiting_period_days": draw(st.sampled_from((0, 1, 30, 90, 365, 730))),
            "entry_dates": draw(st.sampled_from(("immediate", "monthly", "quarterly", "semiannual", "annual"))),
            "new_hire_ineligible_rate": draw(st.sampled_from((0.0, 0.0, 0.2))),
            "service": draw(services()),
            "compensation": draw(st.sampled_from(("from_entry", "full_year"))),
        },
        "service_completed": draw(st.sampled_from(("day_before", "anniversary"))),
        "last_day_counts": draw(st.booleans()),
        "enrollment": draw(enrollments(maximum_rate)),
        "escalation": {
            "enabled": draw(st.booleans()),
            "scope": draw(st.sampled_from(("auto_enrolled", "all"))),
            "effective_date": draw(st.sampled_from(("01-01", "02-28", "07-01", "12-28"))),
            "increment": draw(steps(1, 4, 200)),
            "cap": draw(steps(2, 15, 100)),
            "first_escalation_delay_years": draw(st.integers(0, 3)),
        },
        "deferral": {
            "maximum_rate": maximum_rate,
            "roth_available": draw(st.sampled_from((True, True, False))),
            "roth_share": draw(st.sampled_from((0.0, 0.15, 0.333, 1.0))),
        },
        "match": draw(matches()),
        "core": draw(cores()),
        "vesting": {
            "match_schedule": draw(st.sampled_from(VESTING_SCHEDULES)),
            "core_schedule": draw(st.sampled_from(VESTING_SCHEDULES)),
        },
        "compliance": {
            "top_paid_group_election": draw(st.booleans()),
            "irs_indexation_rate": draw(st.sampled_from((0.0, 0.01, 0.025, 0.1))),
        },
    }


@st.composite
def settings_overrides(draw: DrawFn, max_years: int = 3) -> Tree:
    """A configuration that validates, over ``Settings``' defaults: years, workforce, pay and plan."""
    start = draw(st.integers(2020, 2027))
    return {
        "simulation": {
            "start_year": start,
            "end_year": start + draw(st.integers(0, max_years - 1)),
            "random_seed": draw(st.integers(0, 2**31)),
        },
        "workforce": {
            "target_growth_rate": draw(steps(-20, 50, 100)),
            "total_termination_rate": draw(steps(0, 40, 100)),
            "new_hire_termination_rate": draw(steps(0, 60, 100)),
            "involuntary_share": draw(steps(0, 4, 4)),
        },
        "compensation": {
            "cola_rate": draw(steps(0, 60, 1000)),
            "merit_budget": draw(st.one_of(st.none(), steps(0, 8, 100))),
            "minimum_service_months": draw(st.sampled_from((0, 6, 12))),
            "promotion": {"promotion_rate_multiplier": draw(st.sampled_from((0.0, 1.0, 20.0)))},
        },
        "plan": draw(plans()),
    }


@dataclass(frozen=True)
class World:
    """Everything that a run is made from."""

    overrides: Tree
    census: list[Row]


@st.composite
def worlds(draw: DrawFn, max_years: int = 3, max_size: int = 30) -> World:
    """A configuration, and a census of the year before its first one."""
    overrides = draw(settings_overrides(max_years))
    return World(overrides, draw(censuses(overrides["simulation"]["start_year"], 1, max_size)))


# --- one person, one year -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """A person's year: who, with what at the opening, and what happens."""

    year: int
    person: Person
    opening: Opening
    events: YearEvents


def rates() -> SearchStrategy[Fraction]:
    """Deferral rates from 0 to 75%."""
    return st.one_of(st.just(0), st.integers(0, 750)).map(lambda thousandths: Fraction(thousandths, 1000))


def changes(year: int, values: SearchStrategy[Fraction]) -> SearchStrategy[tuple[Change, ...]]:
    """Up to three changes within a year, in the order of their days."""
    change = st.builds(Change, days_of(year), values)
    return st.lists(change, max_size=3).map(lambda several: tuple(sorted(several, key=lambda one: one.day)))


@st.composite
def histories(draw: DrawFn) -> History:
    """One person and one of the plan years 2020 to 2028."""
    year = draw(st.integers(2020, 2028))
    birth = draw(birth_dates(year))
    hire = draw(st.one_of(days_of(year), st.dates(dt.date(birth.year + 18, 1, 1), first_day(year))))
    exit_date = draw(st.one_of(st.none(), days_of(year).map(lambda day: max(day, hire))))
    amounts = pays().map(Fraction)
    person = Person(
        "E1",
        birth,
        hire,
        weekly_hours=draw(st.sampled_from((Fraction(40), Fraction(20), Fraction("37.5")))),
        owner=draw(st.booleans()),
        excluded=draw(st.sampled_from((False, False, False, True))),
    )
    opening = Opening(
        pay=draw(amounts),
        deferral_rate=draw(rates()),
        prior_pay=draw(st.one_of(st.none(), amounts)),
        match_balance=Fraction(draw(dollars(0, 200_000))),
        core_balance=Fraction(draw(dollars(0, 50_000))),
        in_top_paid_group=draw(st.booleans()),
    )
    events = YearEvents(
        pay_changes=draw(changes(year, amounts)),
        deferral_changes=draw(changes(year, rates())),
        exit_date=exit_date,
        exit_reason=None if exit_date is None else draw(st.sampled_from(EXIT_REASONS)),
    )
    return History(year, person, opening, events)
