"""How long a run will still take, from what its stages have taken so far."""

from __future__ import annotations

from collections.abc import Mapping

from planalign_orchestrator.run.stages import STAGES

SHARES_OF_A_YEAR: Mapping[str, float] = {
    "INITIALIZATION": 0.06,
    "FOUNDATION": 0.11,
    "EVENT_GENERATION": 0.29,
    "STATE_ACCUMULATION": 0.28,
    "TESTING": 0.04,
    "VALIDATION": 0.13,
    "REPORTING": 0.09,
}
"""What stages usually take of a year; only counts until a stage has been seen."""


class TimeLeft:
    """Estimates the rest of a run: a stage takes what it took last, one not seen yet its usual share of a year.

    Args:
        last_year: the last year of the run.
    """

    def __init__(self, last_year: int) -> None:
        self._last_year = last_year
        self._seen: dict[str, float] = {}

    def stage_took(self, stage: str, seconds: float) -> None:
        """Take in what a stage has taken."""
        self._seen[stage] = seconds

    def seconds(self, year: int, stage: str, elapsed: float) -> float | None:
        """What is left in the middle of a stage; None as long as nothing is known.

        Args:
            year: being worked on.
            stage: being worked on.
            elapsed: seconds since the stage began.
        """
        if not self._seen:
            return None
        takes = {one.name: self._takes(one.name) for one in STAGES}
        names = list(takes)
        following = sum(takes[name] for name in names[names.index(stage) + 1 :])
        years = max(0, self._last_year - year)
        return max(0.0, takes[stage] - elapsed) + following + years * sum(takes.values())

    def _takes(self, stage: str) -> float:
        if stage in self._seen:
            return self._seen[stage]
        year = sum(self._seen.values()) / sum(SHARES_OF_A_YEAR[name] for name in self._seen)
        return year * SHARES_OF_A_YEAR[stage]
