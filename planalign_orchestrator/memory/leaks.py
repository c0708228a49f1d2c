"""Tells memory that is lost for good from memory that work needs for a while.

What is fed in are quiet moments only: readings between stages, when the database is closed. Within a stage growth is
work (DuckDB fills its buffers up to their limit). From these the lowest of each interval is kept, and judged by a slope
that single outliers cannot move.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from planalign_orchestrator.memory.readings import MIB

CONSISTENT = 0.9
"""Share of all pairs of points that must rise. A ramp has 1, noise and a single step about half."""

SAMPLES = 15
"""Points needed for a verdict."""

TYPICAL_GROWTH_BYTES = 800 * MIB
SHARE_OF_BUDGET = 0.2
"""Growth that counts: 800 MiB, or a fifth of the budget where that is less, within the window."""


@dataclass(frozen=True)
class Leak:
    """A suspicion: by how much memory grew, in how many seconds."""

    growth_bytes: int
    seconds: float

    def __str__(self) -> str:
        span = f"{self.growth_bytes / MIB:.0f} MiB in {self.seconds / 60:.1f} minutes"
        return f"memory grew by {span} and was not given back: probably a leak"


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

    def add(self, seconds: float, tree_bytes: int, *, pressed: bool = False) -> Leak | None:
        """Take in a quiet moment and give the verdict.

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
        slope, rising = trend(points, tolerance=self._growth / 100)
        growth = slope * self._window
        recent = points[-1][1] - points[SAMPLES * 2 // 3][1]  # a third, which a steady leak fills with a third
        lasts = rising >= CONSISTENT and recent >= growth / 6
        return Leak(int(growth), self._window) if growth >= self._growth and lasts else None
