"""The seven stages of a plan year, each complete before the next begins; and how far a run has come in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage: one folder of models.

    Args:
        name: as it stands in the journal, the log and ``run.json``.
        folder: the folder below ``models``; by hand, ``dbt run --select <folder>`` does the same.
        purpose: what a progress display says.
    """

    name: str
    folder: str
    purpose: str


INITIALIZATION = Stage("INITIALIZATION", "staging", "census and assumptions")
FOUNDATION = Stage("FOUNDATION", "foundation", "opening workforce, pay, headcount needs")
EVENT_GENERATION = Stage("EVENT_GENERATION", "events", "exits, hires, promotions, raises, enrollment")
STATE_ACCUMULATION = Stage("STATE_ACCUMULATION", "marts", "contributions, match, core, events, snapshot")
TESTING = Stage("TESTING", "testing", "nondiscrimination tests")
VALIDATION = Stage("VALIDATION", "validation", "the laws of the model")
REPORTING = Stage("REPORTING", "reporting", "yearly summaries")

STAGES = (INITIALIZATION, FOUNDATION, EVENT_GENERATION, STATE_ACCUMULATION, TESTING, VALIDATION, REPORTING)
STAGE_NAMES = tuple(stage.name for stage in STAGES)


@dataclass(frozen=True)
class Position:
    """A completed stage."""

    year: int
    stage: str

    def __post_init__(self) -> None:
        if self.stage not in STAGE_NAMES:  # in somebody else's journal
            raise ValueError(f"{self.stage} is not a stage")

    @classmethod
    def end_of(cls, year: int) -> Position:
        """The position after all stages of a year."""
        return cls(year, STAGE_NAMES[-1])

    @property
    def ends_year(self) -> bool:
        """Whether the year is complete."""
        return self.stage == STAGE_NAMES[-1]

    @property
    def order(self) -> tuple[int, int]:
        """Sorts positions in time."""
        return self.year, STAGE_NAMES.index(self.stage)

    def __str__(self) -> str:
        return f"{self.year} {self.stage}"
