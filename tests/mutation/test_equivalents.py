"""The list of equivalent mutants says nothing of mutants that are no more: a line outlives its reason with its SQL."""

from __future__ import annotations

from planalign_orchestrator.resources import dbt_project_dir
from tests.mutation.rendering import Project
from tests.mutation.run import all_mutants, equivalents


def test_every_line_is_of_a_mutant() -> None:
    known = equivalents().keys()
    gone = known - {mutant.key for mutant in all_mutants(Project.read(dbt_project_dir()))}
    assert not gone, "remove from equivalent.txt: " + "; ".join(sorted(gone))
