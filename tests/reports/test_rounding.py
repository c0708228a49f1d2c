"""Rounding of parts: a shown sum is the sum of what is shown, and no part is a whole unit off."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from fractions import Fraction

from planalign_orchestrator.reports.show import money_table
from planalign_orchestrator.reports.wording import round_to_total


def test_a_shown_table_adds_up_along_rows_and_columns() -> None:
    drawn = random.Random(1)
    for _ in range(100):
        years = [(str(2025 + i), [Decimal(drawn.randint(-(10**6), 10**6)) / 97 for _ in range(3)]) for i in range(5)]
        table = money_table(["Match", "Core", "Used"], years, total_row="2025-2029", total_column="Net")
        shown = [[int(cell.text.replace("−", "-").replace(",", "")) for cell in row.cells] for row in table.rows]
        *by_year, total = shown
        assert all(sum(row[:-1]) == row[-1] for row in shown)
        assert [sum(column) for column in zip(*by_year, strict=True)] == total
        exact = [cell.value for row in table.rows[:-1] for cell in row.cells]
        assert all(abs(a - b) < 1 for a, b in zip([x for row in by_year for x in row], exact, strict=True))


def test_parts_add_up_to_a_total_shown_elsewhere() -> None:
    drawn = random.Random(2)
    for _ in range(200):
        parts = [Fraction(drawn.randint(-(10**4), 10**4), drawn.choice((1, 97))) for _ in range(drawn.randint(1, 8))]
        for total in (math.floor(sum(parts)), math.ceil(sum(parts))):
            shown = round_to_total(parts, total)
            assert sum(shown) == total
            assert all(abs(one - part) < 1 for one, part in zip(shown, parts, strict=True))
