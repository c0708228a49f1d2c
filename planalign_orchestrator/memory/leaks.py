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
"""Points needed for a verdict over time."""

YEARS = 4
"""Points needed for a verdict over completed years."""

TYPICAL_GROWTH_BYTES = 800 * MIB
SHARE_OF_BUDGET = 0.2
"""Growth that counts: 800 MiB, or a fifth of the budget where that is less, in a window or over the years of a run."""


@dataclass(frozen=True)
class Trend:
    """How a series moves.

    Args:
        slope: the median of the slopes between all pairs of points (Theil and Sen).
        rising: the share of pairs of which the later point is higher.
    """

    slope: float
    rising: float


@dataclass(frozen=True)
class Leak:
    """A suspicion.

    Args:
        over: ``time`` or ``years``.
        growth_bytes: by how much memory grew.
        span: in how many seconds, or years.
    """

    over: str
    growth_bytes: int
    span: float

    def __str__(self) -> str:
        span = f"{self.span:.0f} years" if self.over == "years" else f"{self.span / 60:.1f} minutes"
        return f"memory grew by {self.growth_bytes / MIB:.0f} MiB in {span} and was not given back: probably a leak"


def trend(points: Sequence[tuple[float, float]], tolerance: float = 0.0) -> Trend:
    """Judge points in order of their first coordinate; rises up to the tolerance do not count as rises."""
    pairs = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in combinations(points, 2)]
    if not pairs:
        return Trend(0.0, 0.0)
    return Trend(median(rise / run for run, rise in pairs), sum(rise > tolerance for _, rise in pairs) / len(pairs))


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
        self._lows: deque[tuple[float, int, bool]] = deque(maxlen=SAMPLES)
        self._open: tuple[float, int, bool] | None = None
        self._years: list[tuple[float, float]] = []

    def add(self, seconds: float, tree_bytes: int, *, pressed: bool = False) -> Leak | None:
        """Take in a quiet moment and give the verdict over time.

        Args:
            seconds: when.
            tree_bytes: the memory in use.
            pressed: whether memory was short; what happens then says nothing about leaks.
        """
        interval = seconds // self._width * self._width
        closed = self._open is not None and self._open[0] != interval
        if self._open is not None and closed:
            self._lows.append(self._open)
        if self._open is None or closed:
            self._open = (interval, tree_bytes, pressed)
        else:
            self._open = (interval, min(tree_bytes, self._open[1]), pressed or self._open[2])
        return self._judge_time() if closed else None

    def add_year(self, year: int, tree_bytes: int) -> Leak | None:
        """Take in the memory in use after a completed year and give the verdict over years."""
        self._years.append((year, tree_bytes))
        settled = self._years[1:]  # the first year fills caches that stay
        if len(settled) < YEARS:
            return None
        return self._judge("years", settled, settled[-1][0] - settled[0][0])

    def _judge_time(self) -> Leak | None:
        if len(self._lows) < SAMPLES or any(pressed for _, _, pressed in self._lows):
            return None
        return self._judge("time", [(seconds, low) for seconds, low, _ in self._lows], self._window)

    def _judge(self, over: str, points: Sequence[tuple[float, float]], span: float) -> Leak | None:
        found = trend(points, tolerance=self._growth / 100)
        growth = found.slope * span
        recent = points[-1][1] - points[len(points) * 2 // 3][1]  # a third, which a steady leak fills with a third
        lasts = found.rising >= CONSISTENT and recent >= growth / 6
        return Leak(over, int(growth), span) if growth >= self._growth and lasts else None
