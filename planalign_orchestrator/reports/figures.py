"""Cells and tables from exact values: the text that is shown, and the value behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.definitions import Form
from planalign_orchestrator.reports.page import Cell, Row, Table
from planalign_orchestrator.reports.rounding import round_additively, round_parts, round_to_total

Heading: TypeAlias = tuple[str, Callable[[Mapping[str, Any]], Cell]]
"""A column of a yearly table: its heading, and its cell from the row of a mart."""


def count_cell(value: int | None) -> Cell:
    """A number of people or events."""
    return Cell(wording.count(value), value, form="count")


def percent_cell(value: Decimal | float | None, digits: int = 1) -> Cell:
    """A share of one."""
    return Cell(wording.percent(value, digits), value, form="share")


def dollar_cell(value: Decimal | float | None) -> Cell:
    """An amount that is no part of a shown sum, in whole dollars."""
    return Cell(wording.dollars(value), value, form="money")


def money_cell(shown: int, exact: Decimal) -> Cell:
    """An amount that is part of a shown sum, in the unit of its table."""
    return Cell(f"{'−' if shown < 0 else ''}{abs(shown):,d}", exact)


def text_cell(value: Any) -> Cell:
    """Words."""
    return Cell(str(value))


def code_cell(value: Any) -> Cell:
    """A path, or a name that only the configuration uses."""
    return Cell(str(value), is_code=True)


def cell_of(form: Form, value: Any, names: Mapping[str, str] | None = None) -> Cell:
    """A value of a public table, shown as the form of its column says.

    Args:
        form: of the column.
        value: None where there is none.
        names: of values, as a reader knows them.
    """
    if value is None:
        return Cell(wording.ABSENT)
    if form in ("rate", "share"):
        return percent_cell(value, 2)
    if form in ("money", "mean_money"):
        return Cell(wording.cents(value), value, form="money")
    if form in ("count", "decimal", "number"):
        return count_cell(value) if form == "count" else Cell(f"{value:,}", value, form=form)
    if isinstance(value, bool):
        return text_cell("yes" if value else "no")
    return text_cell((names or {}).get(value, wording.words(str(value))))


def of(heading: str, measure: str, cell: Callable[..., Cell] = count_cell, *digits: int) -> Heading:
    """A column of a yearly table that shows a measure."""
    return heading, lambda row: cell(row[measure], *digits)


def year_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Heading], unit: str = "") -> Table:
    """A table with a row a year."""
    made = [Row(str(row["simulation_year"]), [cell(row) for _, cell in columns]) for row in rows]
    return Table("Year", [heading for heading, _ in columns], made, unit)


def share_cells(numbers: Sequence[int | Decimal]) -> list[Cell]:
    """Each number as a share of their sum; the shown shares add up to 100.0%."""
    total = sum(numbers)
    if not total:
        return [Cell(wording.ABSENT) for _ in numbers]
    tenths = round_parts([Fraction(number) * 1000 / Fraction(total) for number in numbers])
    exact = [Fraction(number) / Fraction(total) for number in numbers]
    return [Cell(f"{tenth / 10:.1f}%", round(float(share), 9)) for tenth, share in zip(tenths, exact, strict=True)]


def shown_share(cell: Cell) -> float | None:
    """A share as its cell shows it, so that a chart says the same as the table."""
    return None if cell.value is None else float(cell.text.removesuffix("%")) / 100


def rate(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part over the whole; None where there is none."""
    return round(part / whole, 6) if whole else None


def number(value: Any) -> float | None:
    """A value for a chart."""
    return None if value is None else float(value)


@dataclass(frozen=True)
class MoneyUnit:
    """In what money is shown."""

    size: int
    name: str

    def rounded(self, amount: Decimal) -> int:
        """An amount that stands in several tables, rounded in the same way in each."""
        return wording.rounded(amount / self.size)

    def with_total(self, parts: Sequence[Decimal]) -> list[Cell]:
        """Parts and their total, which add up as they are shown."""
        total = sum(parts, Decimal())
        shown = round_to_total([Fraction(part) / self.size for part in parts], self.rounded(total))
        return [*map(money_cell, shown, parts), money_cell(self.rounded(total), total)]


def money_unit(amounts: Sequence[Decimal]) -> MoneyUnit:
    """A unit in which the largest amount has at most eight digits."""
    largest = max((abs(amount) for amount in amounts), default=Decimal(0))
    if largest < 10**8:
        return MoneyUnit(1, "dollars")
    return MoneyUnit(10**3, "thousands of dollars") if largest < 10**11 else MoneyUnit(10**6, "millions of dollars")


def money_table(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Decimal]]], *, total_row: str, total_column: str
) -> Table:
    """A table of money by year in which the shown figures add up, along rows and along columns.

    Args:
        columns: of the parts.
        rows: label and parts; parts may be negative.
        total_row: its label; the total stands below more than one row.
        total_column: its heading.
    """
    exact = [[*parts, sum(parts, Decimal())] for _, parts in rows]
    exact.append([sum(column, Decimal()) for column in zip(*exact, strict=True)])
    unit = money_unit([amount for row in exact for amount in row])
    shown = round_additively([[Fraction(amount) / unit.size for amount in parts] for _, parts in rows])
    labels = [(label, False) for label, _ in rows] + ([(total_row, True)] if len(rows) > 1 else [])
    made = [Row(label, [*map(money_cell, shown[i], exact[i])], is_total) for i, (label, is_total) in enumerate(labels)]
    return Table("Year", [*columns, total_column], made, unit.name)
