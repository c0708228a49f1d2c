"""The seven stages of a plan year, each complete before the next begins; and how far a run has come in them."""

from dataclasses import dataclass

from planalign_orchestrator.tables import table


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


STAGES = tuple(Stage(name, **row) for name, row in table(__package__, "stages").items())
INITIALIZATION, FOUNDATION, EVENT_GENERATION, STATE_ACCUMULATION, TESTING, VALIDATION, REPORTING = STAGES
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
    def end_of(cls, year: int) -> "Position":
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
