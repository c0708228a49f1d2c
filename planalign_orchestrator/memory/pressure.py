"""How near a run is to the end of its memory, as a level that does not flicker."""

from enum import IntEnum


class Pressure(IntEnum):
    """Levels of memory pressure."""

    NORMAL = 0
    MODERATE = 1
    HIGH = 2
    CRITICAL = 3


STARTS_AT = {Pressure.MODERATE: 0.5, Pressure.HIGH: 0.75, Pressure.CRITICAL: 0.875}
"""Shares of the budget at which the levels start: 2 048, 3 072 and 3 584 MiB of 4 GiB."""

COLLECT_AT = 0.625
"""Share of the budget at which garbage is collected."""

FALL_BACK_AT = 0.8
"""Share of the budget at which the next batch is made smaller."""


def pressure_of(share: float) -> Pressure:
    """The level of a single share of the budget."""
    return max((level for level, start in STARTS_AT.items() if share >= start), default=Pressure.NORMAL)


class PressureGauge:
    """A level that rises at once, and falls only after a while of calm clearly below where it started.

    Args:
        dwell: seconds of calm before the level falls.
        margin: how far below its start, as a share of the budget, counts as calm.
    """

    def __init__(self, dwell: float = 30.0, margin: float = 0.05) -> None:
        self.level = Pressure.NORMAL
        self._dwell = dwell
        self._margin = margin
        self._calm_since: float | None = None
        self._highest_in_calm = 0.0

    def update(self, now: float, share: float) -> Pressure:
        """Take in a share of the budget and return the level."""
        level = pressure_of(share)
        if level > self.level:
            self.level = level
            self._calm_since = None
        elif self.level is Pressure.NORMAL or share >= STARTS_AT[self.level] - self._margin:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since, self._highest_in_calm = now, share
        else:
            self._highest_in_calm = max(self._highest_in_calm, share)
            if now - self._calm_since >= self._dwell:
                self.level = pressure_of(self._highest_in_calm)
                self._calm_since = None
        return self.level
