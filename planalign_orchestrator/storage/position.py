"""How far a run has come: a year and the last completed stage in it."""

from __future__ import annotations

from dataclasses import dataclass

from planalign_orchestrator.run import stages

STAGES = tuple(stage.name for stage in stages.STAGES)
"""The names of the stages of a year, in their order."""


@dataclass(frozen=True)
class Position:
    """A completed stage."""

    year: int
    stage: str

    def __post_init__(self) -> None:
        if self.stage not in STAGES:  # in somebody else's journal
            raise ValueError(f"{self.stage} is not a stage")

    @classmethod
    def end_of(cls, year: int) -> Position:
        """The position after all stages of a year."""
        return cls(year, STAGES[-1])

    @property
    def ends_year(self) -> bool:
        """Whether the year is complete."""
        return self.stage == STAGES[-1]

    @property
    def order(self) -> tuple[int, int]:
        """Sorts positions in time."""
        return self.year, STAGES.index(self.stage)

    def __str__(self) -> str:
        return f"{self.year} {self.stage}"
