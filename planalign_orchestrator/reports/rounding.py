"""Rounding of tables so that what is shown still adds up (controlled rounding).

Along rows, along columns and to the grand total, with no figure a whole unit away from the exact one.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product

_Place = tuple[int, int]


def round_additively(cells: Sequence[Sequence[Decimal | int | Fraction]]) -> list[list[int]]:
    """Round a table to whole numbers that add up.

    Args:
        cells: rows of equal length, in the unit that is to be shown; signs are free.

    Returns:
        The rounded table with a column of row totals and a row of column totals appended. Every entry is the exact one
        rounded down or up; whole entries stay as they are.
    """
    exact = _with_totals([[Fraction(cell) for cell in row] for row in cells])
    # Totals count negatively, so that every row and every column of the extended table sums to zero. Then no row and no
    # column can hold a single fraction, the fractions lie on closed paths, and moving along one keeps all sums.
    last_row, last_column = len(exact) - 1, len(exact[0]) - 1
    moved = [[x * _sign(i, last_row) * _sign(j, last_column) for j, x in enumerate(row)] for i, row in enumerate(exact)]
    while (path := _closed_path(moved)) is not None:
        _move_along(path, moved)
    return [
        [int(x * _sign(i, last_row) * _sign(j, last_column)) for j, x in enumerate(row)] for i, row in enumerate(moved)
    ]


def round_parts(parts: Sequence[Decimal | int | Fraction]) -> list[int]:
    """Round parts so that they add up to their rounded total, which is not returned."""
    return round_additively([parts])[0][:-1]


def round_to_total(parts: Sequence[Decimal | int | Fraction], total: int) -> list[int]:
    """Round parts so that they add up to a total that is shown elsewhere too, by the largest remainder.

    Args:
        parts: in the unit that is to be shown; signs are free.
        total: their sum, rounded down or up.
    """
    exact = [Fraction(part) for part in parts]
    floors = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: floors[i] - exact[i])
    raised = set(by_remainder[: total - sum(floors)])
    return [floor + (i in raised) for i, floor in enumerate(floors)]


def _with_totals(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    extended = [[*row, sum(row, Fraction())] for row in rows]
    return [*extended, [sum(column, Fraction()) for column in zip(*extended, strict=True)]]


def _sign(index: int, last: int) -> int:
    return -1 if index == last else 1


def _closed_path(table: list[list[Fraction]]) -> list[_Place] | None:
    """Fractional places, each in the row or, turn about, the column of the one before; None when all are whole."""
    came = next(((i, j) for i, row in enumerate(table) for j, x in enumerate(row) if x.denominator > 1), None)
    if came is None:
        return None
    along_row = True
    path = [came]
    seen = {("column", came[1]): 0, ("row", came[0]): 1}
    while True:
        in_row, in_column = product([came[0]], range(len(table[0]))), product(range(len(table)), [came[1]])
        places = in_row if along_row else in_column
        came = next((i, j) for i, j in places if (i, j) != came and table[i][j].denominator > 1)
        path.append(came)
        reached = ("column", came[1]) if along_row else ("row", came[0])
        if reached in seen:
            return path[seen[reached] :]
        seen[reached] = len(path)
        along_row = not along_row


def _move_along(path: list[_Place], table: list[list[Fraction]]) -> None:
    """Add and subtract, turn about, the smallest amount that makes one of the places whole."""
    up = [_to_whole(table[i][j], 1 if k % 2 == 0 else -1) for k, (i, j) in enumerate(path)]
    down = [_to_whole(table[i][j], -1 if k % 2 == 0 else 1) for k, (i, j) in enumerate(path)]
    amount = min(up) if min(up) <= min(down) else -min(down)
    for k, (i, j) in enumerate(path):
        table[i][j] += amount if k % 2 == 0 else -amount


def _to_whole(value: Fraction, direction: int) -> Fraction:
    floor = value.numerator // value.denominator
    return floor + 1 - value if direction > 0 else value - floor
