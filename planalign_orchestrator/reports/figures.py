"""Cells and rows of tables from exact values: the text that is shown, and the value behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.page import Cell, Row, Table
from planalign_orchestrator.reports.rounding import round_additively, round_parts


def count_cell(value: int | None) -> Cell:
    """A number of people or events."""
    return Cell(wording.count(value), value)


def percent_cell(value: Decimal | None, digits: int = 1) -> Cell:
    """A share of one."""
    return Cell(wording.percent(value, digits), value)


def dollar_cell(value: Decimal | None) -> Cell:
    """An amount that is no part of a shown sum, in whole dollars."""
    return Cell(wording.dollars(value), value)


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


@dataclass(frozen=True)
class MoneyUnit:
    """In what money is shown."""

    size: int
    name: str


def money_unit(amounts: Sequence[Decimal]) -> MoneyUnit:
    """A unit in which the largest amount has at most eight digits."""
    largest = max((abs(amount) for amount in amounts), default=Decimal(0))
    if largest < 10**8:
        return MoneyUnit(1, "dollars")
    return MoneyUnit(10**3, "thousands of dollars") if largest < 10**11 else MoneyUnit(10**6, "millions of dollars")


def money_table(
    head: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Decimal]]],
    *,
    total_row: str,
    total_column: str,
) -> Table:
    """A table of money in which the shown figures add up.

    Args:
        head: over the labels.
        columns: of the parts.
        rows: label and parts; parts may be negative.
        total_row: its label; empty for none. Only shown with more than one row.
        total_column: its heading; empty for none.
    """
    exact = [[*parts, sum(parts, Decimal())] for _, parts in rows]
    exact.append([sum(column, Decimal()) for column in zip(*exact, strict=True)])
    unit = money_unit([amount for row in exact for amount in row])
    shown = round_additively([[Fraction(amount) / unit.size for amount in parts] for _, parts in rows])
    labels = [(label, False) for label, _ in rows] + ([(total_row, True)] if total_row and len(rows) > 1 else [])
    width = len(columns) + bool(total_column)
    made = [
        Row(label, [_money(n, amount) for n, amount in zip(shown[i][:width], exact[i][:width], strict=True)], is_total)
        for i, (label, is_total) in enumerate(labels)
    ]
    return Table(head, [*columns, *([total_column] if total_column else [])], made, unit.name)


def _money(shown: int, exact: Decimal) -> Cell:
    return Cell(f"{'−' if shown < 0 else ''}{abs(shown):,d}", exact)


def text_cell(value: Any) -> Cell:
    """Words."""
    return Cell(str(value))
