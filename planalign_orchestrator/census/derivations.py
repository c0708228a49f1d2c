"""Works out canonical values from what record keepers' and payroll files have instead, as a table of rules.

Each rule names a column, when it applies, its new value and how that is told. They are applied in their order, each on
what the ones before it left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from planalign_orchestrator.census.quality import QualityKind

PAY_PERIODS: dict[str, int] = {
    "annual": 1, "annually": 1, "yearly": 1, "a": 1, "year": 1, "quarterly": 4, "q": 4,
    "monthly": 12, "m": 12, "month": 12, "semimonthly": 24, "semi-monthly": 24, "semi monthly": 24, "s": 24, "sm": 24,
    "twice a month": 24, "24": 24, "12": 12, "26": 26, "52": 52, "1": 1,
    "biweekly": 26, "bi-weekly": 26, "bi weekly": 26, "b": 26, "bw": 26, "fortnightly": 26, "every two weeks": 26,
    "weekly": 52, "w": 52, "week": 52, "hourly": 2080, "h": 2080, "hour": 2080, "daily": 260, "d": 260, "day": 260,
}  # fmt: skip
"""Periods a year, by the words of a pay frequency column."""

_FACTORS = {"annual": 1, "thousands": 1000, "monthly": 12, "semimonthly": 24, "biweekly": 26, "weekly": 52}
_HOURS_OF_TWO_WEEKS = (70, 72, 75, 80)


@dataclass(frozen=True)
class Derivation:
    """One rule.

    Attributes:
        target: the column that gets a value.
        needs: columns of which one must be there.
        where: SQL that is true for the rows that it concerns.
        value: SQL of the new value.
        text: how it is told, after the number of rows.
        kind: as what it is told.
    """

    target: str
    needs: tuple[str, ...]
    where: str
    value: str
    text: str
    kind: QualityKind = "changed"


def unit_factor(unit: str) -> str:
    """SQL for what an amount of a unit is multiplied with to be one of a year."""
    if unit == "hourly":
        return "52 * coalesce(scheduled_hours_per_week, 40)"
    if unit == "per_period":
        cases = " ".join(f"WHEN '{word}' THEN {periods}" for word, periods in PAY_PERIODS.items())
        return f"CASE lower(pay_frequency) {cases} END"
    return str(_FACTORS.get(unit, 1))


def derivations(
    present: set[str], units: Mapping[str, str], as_of: dt.date, birth_date_from_age: float | None
) -> list[Derivation]:
    """The rules that concern a file.

    Args:
        present: the meanings that it has.
        units: of its columns, where they are not a year's dollars.
        as_of: the day that the census describes.
        birth_date_from_age: the age at hire by which missing birth dates are imputed; None leaves them missing.
    """
    rules = [*_units(units), *_hours(as_of), *_first_hire(), *_imputed(birth_date_from_age), *_spells(as_of),
             *_pay(as_of), *_deferrals(units, as_of), *_shares(as_of)]  # fmt: skip
    return [rule for rule in rules if not present.isdisjoint(rule.needs)]


def _units(units: Mapping[str, str]) -> list[Derivation]:
    return [
        Derivation(name, (name,), f"{name} IS NOT NULL", f"{name} * ({unit_factor(unit)})",
                   f"{unit.replace('_', ' ')} amounts were multiplied to amounts of a year.")
        for name, unit in units.items() if unit not in ("", "annual")
    ]  # fmt: skip


def _hours(as_of: dt.date) -> list[Derivation]:
    hours, two_weeks = "scheduled_hours_per_week", ", ".join(map(str, _HOURS_OF_TWO_WEEKS))
    weeks = f"({_days(as_of)} * 52.0 / {_days_of_year(as_of)})"
    return [
        Derivation(hours, (hours,), f"{hours} = 0", "NULL", "hours of 0 were read as unknown."),
        Derivation(hours, (hours,), f"{hours} IN ({two_weeks})", f"{hours} / 2",
                   "hours such as 80 were read as those of two weeks and halved.", "warning"),
        Derivation(hours, ("hours_worked",), f"{hours} IS NULL AND hours_worked > 0 AND {_days(as_of)} > 0",
                   f"least(168, round(hours_worked / {weeks}, 2))",
                   "weekly hours were worked out from hours worked and days employed."),
        Derivation(hours, ("full_time_equivalent",), f"{hours} IS NULL AND full_time_equivalent BETWEEN 0.01 AND 1",
                   "40 * full_time_equivalent", "weekly hours were worked out as 40 times the full-time equivalent."),
    ]  # fmt: skip


def _first_hire() -> list[Derivation]:
    return [
        Derivation("hire_date", ("original_hire_date",), "hire_date IS NULL AND NOT hire_date_given",
                   "original_hire_date", "the original hire date was used, as there is no later one."),
    ]  # fmt: skip


def _imputed(age: float | None) -> list[Derivation]:
    if age is None:
        return []
    return [
        Derivation("birth_date", ("birth_date", "hire_date"), "birth_date IS NULL AND NOT birth_date_given",
                   f"(hire_date - INTERVAL {round(age * 12)} MONTH)::DATE",
                   f"missing birth dates were imputed as {age:g} years before the hire (census.impute.birth_date).",
                   "imputed"),
    ]  # fmt: skip


def _spells(as_of: dt.date) -> list[Derivation]:
    """Of several spells of employment the latest counts; the service of the earlier one is credited."""
    day = f"DATE '{as_of.isoformat()}'"
    first = "least(hire_date, coalesce(original_hire_date, hire_date))"
    again = f"rehire_date > hire_date AND rehire_date <= {day}"
    gone = "CASE WHEN termination_date < rehire_date THEN termination_date ELSE rehire_date END"
    earlier = f"date_diff('day', {first}, {gone}) + date_diff('day', rehire_date, {day})"
    return [
        Derivation("years_of_vesting_service", ("rehire_date",), f"years_of_vesting_service IS NULL AND {again}",
                   f"({earlier}) / 365.25", "service of people hired again was credited from their first hire, "
                   "without the time between; a break in service rule is not applied."),
        Derivation("years_of_vesting_service", ("original_hire_date",),
                   "years_of_vesting_service IS NULL AND original_hire_date < hire_date",
                   f"date_diff('day', original_hire_date, {day}) / 365.25",
                   "service was credited from the original hire date, which is before the latest one."),
        Derivation("hire_date", ("rehire_date",), again, "rehire_date",
                   "people hired again: the date of rehire counts as their hire date."),
        Derivation("termination_date", ("second_termination_date",),
                   "second_termination_date > coalesce(termination_date, DATE '1900-01-01')",
                   "second_termination_date", "the later of two termination dates counts."),
        Derivation("termination_date", ("rehire_date",), "termination_date < hire_date AND rehire_date = hire_date",
                   "NULL", "termination dates before a rehire are of an earlier spell."),
    ]  # fmt: skip


def _pay(as_of: dt.date) -> list[Derivation]:
    return [
        Derivation("prior_year_compensation", ("paid_compensation",),
                   "prior_year_compensation IS NULL AND paid_compensation >= 0", "paid_compensation",
                   f"pay paid was taken for the compensation of {as_of.year}, which tells who is highly compensated."),
        Derivation("annual_compensation", ("paid_compensation",),
                   f"annual_compensation IS NULL AND NOT annual_compensation_given AND paid_compensation > 0 "
                   f"AND {_days(as_of)} > 0",
                   f"round(paid_compensation * {_days_of_year(as_of)} / {_days(as_of)}, 2)",
                   f"pay paid in {as_of.year} was annualized by the days employed."),
    ]  # fmt: skip


def _deferrals(units: Mapping[str, str], as_of: dt.date) -> list[Derivation]:
    stated = "(coalesce(deferral_amount, 0) + coalesce(roth_amount, 0))"
    earned = f"round(annual_compensation * {_days(as_of)} / {_days_of_year(as_of)}, 2)"
    base = f"coalesce(paid_compensation, {earned})"
    if units.get("deferral_amount", units.get("roth_amount", "annual")) != "annual":
        base = "annual_compensation"
    amounts, rates = ("deferral_amount", "roth_amount"), ("roth_deferral_rate",)
    return [
        Derivation("roth_share", ("roth_amount",), f"roth_share IS NULL AND roth_amount > 0 AND {stated} > 0",
                   f"roth_amount / {stated}", "Roth deferrals were kept as a share of all deferrals."),
        Derivation("deferral_rate", amounts, f"deferral_rate IS NULL AND {stated} > 0 AND {base} > 0",
                   f"round({stated} / {base}, 4)", "deferral rates are the dollars deferred divided by pay."),
        Derivation("roth_share", rates, "roth_share IS NULL AND roth_deferral_rate > 0",
                   "roth_deferral_rate / (coalesce(deferral_rate, 0) + roth_deferral_rate)",
                   "Roth rates were kept as a share of all deferrals."),
        Derivation("deferral_rate", rates, "roth_deferral_rate > 0", "coalesce(deferral_rate, 0) + roth_deferral_rate",
                   "pre-tax and Roth rates were added up."),
    ]  # fmt: skip


def _shares(as_of: dt.date) -> list[Derivation]:
    coming = f"eligibility_date > DATE '{as_of.isoformat()}'"
    owner, eligible, no = "is_five_percent_owner", "plan_eligible", "eligible_now = false"
    return [
        Derivation(owner, ("ownership_percent",), f"{owner} IS NULL AND ownership_percent IS NOT NULL",
                   "ownership_percent > 0.05", "ownership of more than 5% makes an owner."),
        Derivation(eligible, ("eligible_now", eligible), f"({no} OR {eligible} = false) AND {coming}", "true",
                   "not eligible yet: a coming entry date says so."),
        Derivation(eligible, ("eligible_now",), f"{no} AND {eligible} IS NULL AND deferral_rate > 0", "true",
                   "people said to be not eligible who defer were read as eligible.", "warning"),
        Derivation(eligible, ("eligible_now",), f"{no} AND {eligible} IS NULL", "false",
                   "people not eligible were read as never eligible; a coming entry date would say not yet.",
                   "warning"),
    ]  # fmt: skip


def _days_of_year(as_of: dt.date) -> int:
    return 366 if as_of.year % 4 == 0 and (as_of.year % 100 or as_of.year % 400 == 0) else 365


def _days(as_of: dt.date) -> str:
    """SQL for the days employed in the year of the as-of date, as far as hire and termination date tell."""
    first = f"greatest(hire_date, DATE '{as_of.year}-01-01')"
    last = f"least(coalesce(termination_date, DATE '{as_of.isoformat()}'), DATE '{as_of.isoformat()}')"
    return f"greatest(0, date_diff('day', {first}, {last}) + 1)"
