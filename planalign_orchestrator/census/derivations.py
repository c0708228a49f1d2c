"""Works out canonical values from what record keepers' and payroll files have instead: ``derivations.ini``.

Each rule names a column, when it applies, its new value and how that is told. They are applied in their order, each on
what the ones before it left.
"""

import datetime as dt
from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from planalign_orchestrator.census.quality import QualityKind
from planalign_orchestrator.census.sql import literal
from planalign_orchestrator.tables import table

_HOURS = "scheduled_hours_per_week"


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
    words = _words(units, as_of, birth_date_from_age)
    present = present | ({"age_at_hire"} if birth_date_from_age is not None else set())
    rules: list[Derivation] = []
    for place, row in table(__package__, "derivations").items():
        when, value, says = (row[key].format_map(words) for key in ("when", "value", "says"))
        kind = cast(QualityKind, row.get("kind", "changed"))
        rules.append(Derivation(place.partition(":")[0], tuple(row["needs"].split()), when, value, says, kind))
    rules.sort(key=lambda rule: rule.target != _HOURS)
    first = sum(rule.target == _HOURS for rule in rules)  # by which hourly rates become pay of a year
    rules[first:first] = _units(units)
    return [rule for rule in rules if not present.isdisjoint(rule.needs)]


def _units(units: Mapping[str, str]) -> list[Derivation]:
    factors = {
        unit: factor.format(periods=_periods()) for unit, factor in table(__package__, "known_words")["units"].items()
    }
    return [
        Derivation(name, (name,), f"{name} IS NOT NULL", f"{name}::DECIMAL(38, 6) * ({factors[unit]})",
                   f"{unit.replace('_', ' ')} amounts were multiplied to amounts of a year.")
        for name, unit in units.items() if unit in factors
    ]  # fmt: skip


def _words(units: Mapping[str, str], as_of: dt.date, age: float | None) -> dict[str, object]:
    """What stands for the words in braces of ``derivations.ini``."""
    day, days, days_of_year = f"DATE '{as_of.isoformat()}'", _days(as_of), 365 + isleap(as_of.year)
    base = f"coalesce(paid_compensation, round(annual_compensation::DOUBLE * {days} / {days_of_year}, 2))"
    amounts = "deferral_amount", "roth_amount", "catch_up_amount"
    deferred = " + ".join(f"coalesce({name}, 0)::DECIMAL(38, 6)" for name in amounts)
    if units.get("deferral_amount", units.get("roth_amount", "annual")) != "annual":
        base = "annual_compensation"
    again = f"rehire_date > hire_date AND rehire_date <= {day}"
    return {
        "periods": _periods(), "day": day, "days": days,
        "days_of_year": days_of_year, "year": as_of.year, "pay_deferred_from": base,
        "again": again, "latest_hire": f"CASE WHEN {again} THEN rehire_date ELSE hire_date END",
        "deferred": f"({deferred})",
        "age": f"{age or 0:g}", "months_of_age": round((age or 0) * 12),
    }  # fmt: skip


def _periods() -> str:
    """SQL of how many periods of a year the words of a pay frequency stand for."""
    periods = table(__package__, "known_words")["pay periods"]
    return f"MAP {{{', '.join(f'{literal(word)}: {times}' for word, times in periods.items())}}}"


def _days(as_of: dt.date) -> str:
    """SQL for the days employed in the year of the as-of date, as far as hire and termination date tell."""
    first = f"greatest(hire_date, DATE '{as_of.year}-01-01')"
    last = f"least(coalesce(termination_date, DATE '{as_of.isoformat()}'), DATE '{as_of.isoformat()}')"
    return f"greatest(0, date_diff('day', {first}, {last}) + 1)"
