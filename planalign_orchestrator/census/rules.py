"""The rules that every row of a census keeps, as data: where, how bad, the condition of breaking it, what to say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from planalign_orchestrator.census.columns import COLUMNS, INPUTS, STATUS
from planalign_orchestrator.census.dates import DateReading
from planalign_orchestrator.census.faults import Severity, masked, shown
from planalign_orchestrator.census.rates import RateReading
from planalign_orchestrator.census.reading import Reading
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.social_security import SOCIAL_SECURITY
from planalign_orchestrator.config.commented_yaml import yaml_value

MINIMUM_HIRE_AGE = 14
MINIMUM_WAGE = 7.25
UNLIKELY_HOURS = 60
LONGEST_ID = 100
HIGHEST_PAY = 1_000_000_000
HIGHEST_LEVEL = 99
UNLIKELY_PAY = 5_000_000
UNLIKELY_AGE = 90
UNLIKELY_RATE = "0.75"
_WORDS_SHOWN = 20
_SPREAD = 1000
_INVISIBLE = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\x{2400}-\x{2421}]"
"""Characters that steer a terminal or do not show, and the signs that the reading of text writes for some of them."""


@dataclass(frozen=True)
class Rule:
    """A rule of one column.

    Attributes:
        column: the meaning whose cell is at fault.
        where: SQL over the table ``typed`` that is true where the rule is broken.
        message: what is wrong, going on after the value.
        remedy: how to mend it.
        severity: whether the row can still be used.
        needs: other columns that the condition looks at.
    """

    column: str
    where: str
    message: str
    remedy: str
    severity: Severity = "error"
    needs: tuple[str, ...] = ()


class Band(NamedTuple):
    """A level of the level table and its band of pay."""

    level: int
    low: float
    high: float


def rules(recognised: Recognised, reading: Reading, as_of: dt.date, bands: Sequence[Band] = ()) -> list[Rule]:
    """The rules for the columns that a file has, or whose values were worked out."""
    known = [
        *_blank(reading), *_spreadsheet_errors(reading, recognised), *_unreadable(reading.dates), *_ids(as_of),
        *_lifetimes(as_of), *_amounts(), *_contradictions(), *_status(reading, as_of), *_levels(bands),
        *(rule for name, rates in reading.rates.items() for rule in _rates(name, rates)),
    ]  # fmt: skip
    if not reading.rates.get("deferral_rate"):
        known.append(Rule("deferral_rate", "deferral_rate > 1", "is above 100%: more dollars were deferred than paid.",
                          "Check the columns of deferrals and pay, and their units."))  # fmt: skip
    present = {*recognised.positions, *(rule.target for rule in reading.derived)}
    return [rule for rule in known if present.issuperset({rule.column, *rule.needs})]


def _blank(reading: Reading) -> list[Rule]:
    return [
        Rule(column.name, f"NOT {column.name}_given AND {column.name} IS NULL" + (
            f" AND NOT {column.name}_error" if column.name in reading.unreadable else ""),
             "is empty.", "Fill it in; there is no default for it.")
        for column in COLUMNS
        if column.required
    ]  # fmt: skip


def _spreadsheet_errors(reading: Reading, recognised: Recognised) -> list[Rule]:
    return [
        Rule(name, f"{name}_error", "is what a spreadsheet shows when it has no value: an error, a formula that was "
             "never calculated, or a column too narrow.",
             "Open the file in Excel, let it calculate, correct the cell and save.")
        for name in reading.unreadable
    ]  # fmt: skip


_UNREADABLE = {
    "money": ("is not a number, or not a clear one.", "Write dollars and cents like 85000.50."),
    "rate": ("is not a rate.", "Write a fraction like 0.075, or 7.5%."),
    "number": ("is not a number.", "Write it like 37.5."),
    "whole": ("is not a whole number.", "Write it like 2."),
    "flag": ("is neither yes nor no.", "Write true or false, or leave it empty."),
}


def _unreadable(dates: list[DateReading]) -> list[Rule]:
    orders = {reading.column: reading.dashed for reading in dates}
    found = []
    for column in (*COLUMNS, *INPUTS):
        if column.kind in _UNREADABLE:
            message, remedy = _UNREADABLE[column.kind]
        elif column.name in orders:
            order = orders[column.name].replace("_", " ")
            message = "is not a date."
            remedy = f"Write it like 2019-03-04; dates like 3/4/2019 are read {order} here (see --date-order)."
        else:
            continue
        found.append(Rule(column.name, f"{column.name}_given AND {column.name} IS NULL", message, remedy))
    return found


def _ids(as_of: dt.date) -> list[Rule]:
    too_long = f"is longer than {LONGEST_ID} characters."
    hires = f"try_cast(regexp_extract(employee_id, '^NH_(\\d{{4}})_\\d+$', 1) AS INTEGER) > {as_of.year}"
    return [
        Rule("employee_id", f"length(employee_id) > {LONGEST_ID}", too_long, "Shorten it; it only has to be unique."),
        Rule("employee_id", f"regexp_matches(employee_id, '{_INVISIBLE}')",
             "holds a control character, such as a line break or a NUL, or one that does not show.",
             "Write it with visible characters only."),
        Rule("employee_id", "regexp_full_match(employee_id, '[0-9](\\.[0-9]+)?[eE]\\+[0-9]+')",
             "is a number in scientific notation, whose last digits are lost.", "Export the ids as text."),
        Rule("employee_id", hires, "is an id that the simulation gives to its own hires.",
             "Rename it; NH_<year>_<number> is reserved."),
    ]  # fmt: skip


def _lifetimes(as_of: dt.date) -> list[Rule]:
    day = f"DATE '{as_of.isoformat()}'"
    later = "Correct it, or leave out those hired later with --on-bad-rows drop."
    return [
        Rule("hire_date", "hire_date < birth_date", "is a hire before birth.", "Correct the hire or the birth date.",
             needs=("birth_date",)),
        Rule("hire_date", f"hire_date >= birth_date AND hire_date < birth_date + INTERVAL {MINIMUM_HIRE_AGE} YEAR",
             f"is a hire before age {MINIMUM_HIRE_AGE}.", "Correct the hire or the birth date.", needs=("birth_date",)),
        Rule("hire_date", f"hire_date > {day}", f"is a hire after the as-of date {as_of}.", later),
        Rule("birth_date", f"birth_date + INTERVAL {UNLIKELY_AGE + 1} YEAR <= {day}",
             f"makes the person older than {UNLIKELY_AGE} on {as_of}.", "Check the year.", "warning"),
        Rule("termination_date", "termination_date < hire_date", "is a termination before the hire.",
             "Correct it; for people who were hired again give the date of rehire in a column of its own.",
             needs=("hire_date",)),
        Rule("enrollment_date", "enrollment_date < hire_date", "is an enrollment before the hire.",
             "Correct it, or leave it empty.", needs=("hire_date",)),
        Rule("enrollment_date", f"enrollment_date > {day}", f"is an enrollment after the as-of date {as_of}.",
             "Check it; the census counts the person as enrolled when the deferral rate is above 0.", "warning"),
        Rule("eligibility_date", "eligibility_date < hire_date", "is an eligibility before the hire.",
             "Correct it, or leave it empty.", needs=("hire_date",)),
    ]  # fmt: skip


def _amounts() -> list[Rule]:
    found = []
    for column in ("annual_compensation", "prior_year_compensation", "employer_account_balance"):
        found.append(Rule(column, f"{column} > {HIGHEST_PAY}", "is more than a billion.", "Correct the amount."))
    for column, what in (("prior_year_compensation", "pay"), ("employer_account_balance", "a balance"),
                         ("years_of_vesting_service", "service"), ("paid_compensation", "pay"),
                         ("deferral_amount", "a deferral"), ("roth_amount", "a deferral"),
                         ("hours_worked", "hours")):  # fmt: skip
        found.append(Rule(column, f"{column} < 0", f"is below 0, which {what} cannot be.", "Correct it."))
    return [
        *found,
        Rule("annual_compensation", "annual_compensation < 0.005", "is not above 0.",
             "Write the annual rate of pay, also for people on leave."),
        Rule("annual_compensation", f"annual_compensation > {UNLIKELY_PAY} AND annual_compensation <= {HIGHEST_PAY}",
             "is more than 5 million a year.", "Check it.", "warning"),
        Rule("scheduled_hours_per_week", "scheduled_hours_per_week NOT BETWEEN 0 AND 168",
             "cannot be the hours of a week.", "Write weekly hours, 0 to 168; yearly hours must be divided by 52."),
        Rule("years_of_vesting_service", "years_of_vesting_service > 80", "is more than 80 years.",
             "Write completed years, not days or months."),
        Rule("annual_compensation", f"annual_compensation >= 0.005 AND annual_compensation < {MINIMUM_WAGE} * 52 * "
             f"least(coalesce(scheduled_hours_per_week, 40), {UNLIKELY_HOURS})",
             "is below the federal minimum wage for the hours of the person.",
             "It looks like pay of an hour, a week, a month or part of a year; the run takes it for the pay of a year. "
             "State the unit in a mapping.", "warning"),
        Rule("scheduled_hours_per_week",
             f"scheduled_hours_per_week > {UNLIKELY_HOURS} AND scheduled_hours_per_week <= 168",
             "is more than 60 hours a week.",
             "It looks like hours of two weeks or a month; the run takes them for those of a week.", "warning"),
    ]  # fmt: skip


def _levels(bands: Sequence[Band]) -> list[Rule]:
    highest = max((band.level for band in bands), default=HIGHEST_LEVEL)
    found = [
        Rule("job_level", f"job_level NOT BETWEEN 1 AND {highest}",
             f"is no job level of the level table, 1 to {highest}.",
             "If these are pay grades of your own, leave the column out to have levels inferred from pay (mapping: "
             "ignore), or describe your levels in assumptions levels."),
    ]  # fmt: skip
    if bands:
        off = " OR ".join(
            f"(job_level = {band.level} AND annual_compensation NOT BETWEEN {band.low / 2:.0f} AND {band.high * 2:.0f})"
            for band in bands
        )
        found.append(
            Rule("job_level", off,
                 "does not fit the person's pay, which is less than half or more than twice its band.",
                 "The run keeps level and pay as they are; raises and promotions go by the level.", "warning",
                 needs=("annual_compensation",))
        )  # fmt: skip
    return found


def _rates(name: str, reading: RateReading) -> list[Rule]:
    percent = (
        "was read as a percent, unlike most rates of this column, which are fractions."
        if reading.style == "fractions"
        else "was read as a percent below 1%, as most rates of this column are percents."
    )
    return [
        Rule(name, f"{name} < 0", "is below 0.", "Write a rate from 0 to 100%."),
        Rule(name, f"{name} > 1", "is above 100%.", "Write a rate from 0 to 100%."),
        Rule(name, f"{name}_unclear", "may be 1% or 100%; no other rate of the file tells.",
             "Write 1% or 0.01, or 100%."),
        Rule(name, f"{name} > {UNLIKELY_RATE} AND {name} <= 1 AND NOT {name}_unclear",
             "is read as more than 75%.", "Check it; of deferrals the plan's maximum rate applies.", "warning"),
        Rule(name, f"{name}_odd AND {name} BETWEEN 0 AND 1", percent,
             "Write all rates in one way.", "warning"),
    ]  # fmt: skip


def _contradictions() -> list[Rule]:
    return [
        Rule("plan_eligible", "NOT plan_eligible AND deferral_rate > 0",
             "says never eligible, but the person has a deferral rate.", "Correct one of the two.",
             needs=("deferral_rate",)),
    ]  # fmt: skip


def _status(reading: Reading, as_of: dt.date) -> list[Rule]:
    words = ", ".join(
        f"{shown(masked(word))} ({count})" for word, count in list(reading.unknown_status.items())[:_WORDS_SHOWN]
    )
    lines = ", ".join(f"{yaml_value(masked(word))}: employed" for word in list(reading.unknown_status)[:_WORDS_SHOWN])
    return [
        Rule(STATUS, f"{STATUS}_given AND {STATUS} IS NULL", f"is an unrecognized status. Words not known: {words}.",
             f"Say in the mapping what they mean, employed, leave or left: status: {{{lines}}}."),
        Rule(STATUS, f"NOT {STATUS} AND termination_date <= DATE '{as_of.isoformat()}'",
             "says employed, but the person has a termination date; read as left.",
             "Empty the termination date, or correct the status.", "warning", needs=("termination_date",)),
    ]  # fmt: skip


def social_security_ids() -> str:
    """SQL that is true when ids of the raw census look like social security numbers.

    One with dashes is enough. Without dashes they are nine digits, spread as no numbering is; one id in twenty is too
    many.
    """
    dashed = f"count(*) FILTER (WHERE regexp_full_match(employee_id, '{SOCIAL_SECURITY}')) > 0"
    plain = "CASE WHEN regexp_full_match(employee_id, '[0-9]{9}') THEN employee_id::BIGINT END"
    return f"""{dashed} OR (count({plain}) * 20 > count(employee_id) AND count({plain}) > 1
        AND max({plain}) - min({plain}) > {_SPREAD} * count({plain}))"""
