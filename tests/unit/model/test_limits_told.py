"""A limit that the database meets is told as one: exit code 5, and not as a model that is wrong."""

from pathlib import Path

import pytest

from planalign_orchestrator.errors import OutOfResourcesError
from planalign_orchestrator.warehouse import failure_of


@pytest.mark.parametrize(
    "words",
    [
        'IO Error: Checkpoint failed. Original error: Could not write file "simulation.duckdb": File too large',
        'IO Error: Could not write file "simulation.duckdb": No space left on device',
        "Out of Memory Error: Failed to allocate block of 256004096 bytes (bad allocation)",
    ],
)
def test_a_limit_is_told_as_one(words: str) -> None:
    assert isinstance(failure_of("FOUNDATION", RuntimeError(words), Path()), OutOfResourcesError)
