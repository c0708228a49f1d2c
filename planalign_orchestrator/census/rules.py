"""The rules that every row of a census keeps, as data: where, how bad, the condition of breaking it, what to say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from planalign_orchestrator.census.columns import COLUMNS, STATUS
from planalign_orchestrator.census.dates import DateReading
from planalign_orchestrator.census.faults import Severity
from planalign_orchestrator.census.rates import RateReading
from planalign_orchestrator.census.reading import Reading
from planalign_orchestrator.census.social_security import SOCIAL_SECURITY

MINIMUM_HIRE_AGE = 14
LONGEST_ID = 100
HIGHEST_PAY = 1_000_000_000
HIGHEST_LEVEL = 99
UNLIKELY_PAY = 5_000_000
UNLIKELY_AGE = 90
UNLIKELY_RATE = "0.75"
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


def rules(present: set[str], reading: Reading, as_of: dt.date) -> list[Rule]:
    """The rules for the columns that a file has."""
    known = [
        *_blank(), *_unreadable(reading.dates), *_ids(as_of), *_lifetimes(as_of), *_amounts(), *_rates(reading.rates),
        *_contradictions(), *_status(as_of),
    ]  # fmt: skip
    return [rule for rule in known if present.issuperset({rule.column, *rule.needs})]


def _blank() -> list[Rule]:
    return [
        Rule(column.name, f"NOT {column.name}_given", "is empty.", "Fill it in; there is no default for it.")
        for column in COLUMNS
        if column.required
    ]


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
    for column in COLUMNS:
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
             "Correct it; it must be empty for people who were hired again.", needs=("hire_date",)),
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
                         ("years_of_vesting_service", "service")):  # fmt: skip
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
        Rule("job_level", f"job_level NOT BETWEEN 1 AND {HIGHEST_LEVEL}", "is no job level.",
             "Levels are 1, 2, 3, …; leave it empty to have it inferred from pay."),
    ]  # fmt: skip


def _rates(reading: RateReading | None) -> list[Rule]:
    if reading is None:
        return []
    percent = (
        "was read as a percent, unlike most rates of this column, which are fractions."
        if reading.style == "fractions"
        else "was read as a percent below 1%, as most rates of this column are percents."
    )
    return [
        Rule("deferral_rate", "deferral_rate < 0", "is below 0.", "Write a rate from 0 to 100%."),
        Rule("deferral_rate", "deferral_rate > 1", "is above 100%.", "Write a rate from 0 to 100%."),
        Rule("deferral_rate", "deferral_rate_unclear", "may be 1% or 100%; no other rate of the file tells.",
             "Write 1% or 0.01, or 100%."),
        Rule("deferral_rate", f"deferral_rate > {UNLIKELY_RATE} AND deferral_rate <= 1 AND NOT deferral_rate_unclear",
             "is read as more than 75% of pay.", "Check it; the plan's maximum deferral rate applies.", "warning"),
        Rule("deferral_rate", "deferral_rate_odd AND deferral_rate BETWEEN 0 AND 1", percent,
             "Write all rates in one way.", "warning"),
    ]  # fmt: skip


def _contradictions() -> list[Rule]:
    return [
        Rule("plan_eligible", "NOT plan_eligible AND deferral_rate > 0",
             "says never eligible, but the person has a deferral rate.", "Correct one of the two.",
             needs=("deferral_rate",)),
    ]  # fmt: skip


def _status(as_of: dt.date) -> list[Rule]:
    return [
        Rule(STATUS, f"{STATUS}_given AND {STATUS} IS NULL", "is a status that nobody knows; read as employed.",
             "Write active or terminated.", "warning"),
        Rule(STATUS, f"NOT {STATUS} AND termination_date <= DATE '{as_of.isoformat()}'",
             "says employed, but the person has a termination date; read as left.",
             "Empty the termination date, or correct the status.", "warning", needs=("termination_date",)),
    ]  # fmt: skip


def social_security_ids() -> str:
    """SQL that is true when more than one in twenty ids of the raw census looks like social security numbers."""
    return f"count(*) FILTER (WHERE regexp_full_match(employee_id, '{SOCIAL_SECURITY}')) * 20 > count(employee_id)"
