"""The six stages of a plan year, in the order in which each must be complete before the next begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage: one dbt invocation over one folder of models.

    Args:
        name: as it stands in the journal, the log and ``run.json``.
        folder: the folder below ``models``.
        selection: what dbt is asked to build; by hand, ``dbt run --select <folder>`` does the same.
        command: ``run`` builds models, ``build`` also runs their tests.
        purpose: what a progress display says.
    """

    name: str
    folder: str
    selection: str
    command: str
    purpose: str


INITIALIZATION = Stage("INITIALIZATION", "staging", "staging", "run", "census and assumptions")
FOUNDATION = Stage("FOUNDATION", "foundation", "foundation", "run", "opening workforce, pay, headcount needs")
EVENT_GENERATION = Stage("EVENT_GENERATION", "events", "events", "run", "exits, hires, promotions, raises, enrolment")
STATE_ACCUMULATION = Stage(
    "STATE_ACCUMULATION", "marts", "marts", "run", "contributions, match, core, events, snapshot"
)
VALIDATION = Stage("VALIDATION", "validation", "int_law_violations fct_law_checks", "build", "the laws of the model")
REPORTING = Stage("REPORTING", "reporting", "reporting", "run", "yearly summaries")

STAGES = (INITIALIZATION, FOUNDATION, EVENT_GENERATION, STATE_ACCUMULATION, VALIDATION, REPORTING)
