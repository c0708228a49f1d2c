"""Going on after an interruption: the journal of stages, year copies, verification, resume and rewind.

A run calls, in this order: ``plan_resume`` or ``plan_rewind``, ``carry_out``, ``YearCopies.make_up``, then after each
stage ``StageContent.read`` and ``Journal.record``, after each year ``YearCopies.make``; ``history.publish`` at the end.
"""

from planalign_orchestrator.storage.copies import YearCopies
from planalign_orchestrator.storage.digests import (
    Scope,
    TableDigest,
    engine_probe,
    quick_digests,
    stage_digests,
    table_digests,
)
from planalign_orchestrator.storage.fingerprints import (
    Fingerprints,
    model_digests,
    table_file_digest,
)
from planalign_orchestrator.storage.journal import Journal, changes_by_year, digests_of_years
from planalign_orchestrator.storage.position import STAGES, Position
from planalign_orchestrator.storage.recovery import ResumePlan, carry_out, plan_resume, plan_rewind, plan_run
from planalign_orchestrator.storage.stage_content import StageContent
from planalign_orchestrator.storage.year_copy import remove_leftovers, retain

__all__ = [
    "STAGES",
    "Fingerprints",
    "Journal",
    "Position",
    "ResumePlan",
    "Scope",
    "StageContent",
    "TableDigest",
    "YearCopies",
    "carry_out",
    "changes_by_year",
    "digests_of_years",
    "engine_probe",
    "model_digests",
    "plan_resume",
    "plan_rewind",
    "plan_run",
    "quick_digests",
    "remove_leftovers",
    "retain",
    "stage_digests",
    "table_digests",
    "table_file_digest",
]
