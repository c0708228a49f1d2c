"""Tells memory that is lost for good from memory that work needs for a while.

What is fed in are quiet moments only: readings between stages, when the database is closed. Within a stage growth is
work (DuckDB fills its buffers up to their limit). From these the lowest of each interval is kept, and judged by a slope
that single outliers cannot move.
"""

from collections import deque
from collections.abc import Sequence
from itertools import combinations
from statistics import median

from planalign_orchestrator.memory.readings import MIB

CONSISTENT = 0.9
"""Share of all pairs of points that must rise. A ramp has 1, noise and a single step about half."""

SAMPLES = 15
"""Points needed for a verdict over time."""

YEARS = 4
"""Points needed for a verdict over completed years."""

TYPICAL_GROWTH_BYTES = 800 * MIB
SHARE_OF_BUDGET = 0.2
"""Growth that counts: 800 MiB, or a fifth of the budget where that is less, in a window or over the years of a run."""


def trend(points: Sequence[tuple[float, float]], tolerance: float = 0.0) -> tuple[float, float]:
    """How a series moves.

    Args:
        points: in order of their first coordinate.
        tolerance: rises up to it do not count as rises.

    Returns:
        The median of the slopes between all pairs of points (Theil and Sen), and the share of pairs that rise.
    """
    pairs = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in combinations(points, 2)]
    return median(rise / run for run, rise in pairs), sum(rise > tolerance for _, rise in pairs) / len(pairs)


def growth_that_counts(budget_bytes: int) -> int:
    """How much growth is suspicious under a budget."""
    return min(TYPICAL_GROWTH_BYTES, int(budget_bytes * SHARE_OF_BUDGET))


class LeakDetector:
    """Looks for growth that lasts.

    Args:
        growth_bytes: growth within the window that is suspicious.
        window: seconds.
    """

    def __init__(self, growth_bytes: int = TYPICAL_GROWTH_BYTES, window: float = 900.0) -> None:
        self._growth = growth_bytes
        self._window = window
        self._width = window / SAMPLES
        self._lows: deque[tuple[float, int, bool]] = deque(maxlen=SAMPLES + 1)
        """Start, lowest memory and pressure of each interval; the last one is not over yet."""
        self._years: list[tuple[float, float]] = []

    def add(self, seconds: float, tree_bytes: int, *, pressed: bool = False) -> str | None:
        """Take in a quiet moment and give the verdict over time.

        Args:
            seconds: when.
            tree_bytes: the memory in use.
            pressed: whether memory was short; what happens then says nothing about leaks.
        """
        interval = seconds // self._width * self._width
        if self._lows and self._lows[-1][0] == interval:
            _, low, was_pressed = self._lows.pop()
            self._lows.append((interval, min(tree_bytes, low), pressed or was_pressed))
            return None
        complete = list(self._lows)[-SAMPLES:]
        self._lows.append((interval, tree_bytes, pressed))
        if len(complete) < SAMPLES or any(pressed for _, _, pressed in complete):
            return None
        points = [(start, low) for start, low, _ in complete]
        return self._judge(points, self._window, f"{self._window / 60:.1f} minutes")

    def add_year(self, year: int, tree_bytes: int) -> str | None:
        """Take in the memory in use after a completed year and give the verdict over years."""
        self._years.append((year, tree_bytes))
        settled = self._years[1:]  # the first year fills caches that stay
        if len(settled) < YEARS:
            return None
        span = settled[-1][0] - settled[0][0]
        return self._judge(settled, span, f"{span:.0f} years")

    def _judge(self, points: Sequence[tuple[float, float]], span: float, told: str) -> str | None:
        """What is suspicious, in a sentence."""
        slope, rising = trend(points, tolerance=self._growth / 100)
        growth = slope * span
        recent = points[-1][1] - points[len(points) * 2 // 3][1]  # a third, which a steady leak fills with a third
        if growth < self._growth or rising < CONSISTENT or recent < growth / 6:
            return None
        return f"memory grew by {growth / MIB:.0f} MiB in {told} and was not given back: probably a leak"
