"""The seven stages of a plan year, in the order in which each must be complete before the next begins."""

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
