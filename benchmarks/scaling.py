"""How a figure grows with size: the exponent of a power, and a fixed part with a part in proportion."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scaling:
    """A fit over points of size and figure.

    Args:
        exponent: of the power of the size that the figure follows; 1 is linear.
        fixed: what a run takes whatever its size, by a straight line through the points.
        per_unit: what each unit of size adds, by the same line.
        points: how many points.
    """

    exponent: float
    fixed: float
    per_unit: float
    points: int


def fit(points: Sequence[tuple[float, float]]) -> Scaling | None:
    """Fit positive points; None with fewer than two sizes, which tell nothing about growth."""
    if len({size for size, _ in points}) < 2:
        return None
    sizes, figures = zip(*points, strict=True)
    power = statistics.linear_regression([math.log(size) for size in sizes], [math.log(figure) for figure in figures])
    line = statistics.linear_regression(sizes, figures)
    return Scaling(round(power.slope, 3), round(line.intercept, 3), line.slope, len(points))
