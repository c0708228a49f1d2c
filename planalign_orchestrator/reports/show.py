"""Cells of tables: a value as it is shown, and the exact one behind it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.definitions import Form
from planalign_orchestrator.reports.page import Cell
from planalign_orchestrator.reports.rounding import round_parts


def count(value: int | None) -> Cell:
    """A number of people or events."""
    return Cell(wording.count(value), value, form="count")


def percent(value: Decimal | float | None, digits: int = 1) -> Cell:
    """A share of one."""
    return Cell(wording.percent(value, digits), value, form="share")


def dollars(value: Decimal | float | None) -> Cell:
    """An amount that is no part of a shown sum, in whole dollars."""
    return Cell(wording.dollars(value), value, form="money")


def money(shown: int, exact: Decimal) -> Cell:
    """An amount that is part of a shown sum, in the unit of its table."""
    return Cell(f"{'−' if shown < 0 else ''}{abs(shown):,d}", exact)


def text(value: Any) -> Cell:
    """Words."""
    return Cell(str(value))


def code(value: Any) -> Cell:
    """A path, or a name that only the configuration uses."""
    return Cell(str(value), is_code=True)


def value(form: Form, value: Any, names: Mapping[str, str] | None = None) -> Cell:
    """A value of a public table, shown as the form of its column says.

    Args:
        form: of the column.
        value: None where there is none.
        names: of values, as a reader knows them.
    """
    if value is None:
        return Cell(wording.ABSENT)
    if form in ("rate", "share"):
        return percent(value, 2)
    if form in ("money", "mean_money"):
        return Cell(wording.cents(value), value, form="money")
    if form in ("count", "decimal", "number"):
        return count(value) if form == "count" else Cell(f"{value:,}", value, form=form)
    if isinstance(value, bool):
        return text("yes" if value else "no")
    return text((names or {}).get(value, wording.words(str(value))))


def shares(numbers: Sequence[int | Decimal]) -> list[Cell]:
    """Each number as a share of their sum; the shown shares add up to 100.0%."""
    total = sum(numbers)
    if not total:
        return [Cell(wording.ABSENT) for _ in numbers]
    tenths = round_parts([Fraction(number) * 1000 / Fraction(total) for number in numbers])
    exact = [Fraction(number) / Fraction(total) for number in numbers]
    return [Cell(f"{tenth / 10:.1f}%", round(float(share), 9)) for tenth, share in zip(tenths, exact, strict=True)]
