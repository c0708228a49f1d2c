"""How near a run is to the end of its memory."""

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
