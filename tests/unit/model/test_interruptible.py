"""Ctrl-C stays Ctrl-C, whatever a library makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.warehouse import explained


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ValueError, match="a value"), explained(Path("simulation.duckdb")):
        raise ValueError("a value")
    with pytest.raises(RuntimeError, match="something"), explained(Path("simulation.duckdb")):
        raise RuntimeError("something") from OSError("a cause")


def test_a_statement_that_the_database_stopped_is_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt), explained(Path("simulation.duckdb")):
        raise RuntimeError("Query interrupted")
