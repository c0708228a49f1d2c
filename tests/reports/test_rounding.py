"""Controlled rounding: every shown sum is the sum of what is shown, and nothing is a whole unit off."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from planalign_orchestrator.reports.rounding import round_additively, round_parts, round_to_total


def test_shown_tables_add_up_and_stay_within_a_unit() -> None:
    drawn = random.Random(1)
    for _ in range(300):
        height, width = drawn.randint(1, 8), drawn.randint(1, 6)
        cells = [[Fraction(drawn.randint(-(10**6), 10**6), 97) for _ in range(width)] for _ in range(height)]
        shown = round_additively(cells)
        *rows, totals = shown
        assert all(sum(row[:-1]) == row[-1] for row in shown)
        assert [sum(column) for column in zip(*rows, strict=True)] == totals
        for exact, row in zip(cells, rows, strict=True):
            assert all(abs(x - n) < 1 for x, n in zip([*exact, sum(exact)], row, strict=True))


def test_parts_of_a_whole() -> None:
    assert sum(round_parts([Fraction(1000, 3)] * 3)) == 1000
    assert round_parts([Fraction(1), Fraction(2)]) == [1, 2]


def test_parts_add_up_to_a_total_shown_elsewhere() -> None:
    drawn = random.Random(2)
    for _ in range(200):
        parts = [Fraction(drawn.randint(-(10**4), 10**4), drawn.choice((1, 97))) for _ in range(drawn.randint(1, 8))]
        for total in (math.floor(sum(parts)), math.ceil(sum(parts))):
            shown = round_to_total(parts, total)
            assert sum(shown) == total
            assert all(abs(one - part) < 1 for one, part in zip(shown, parts, strict=True))
