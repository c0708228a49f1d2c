"""Ctrl-C stays Ctrl-C, whatever a library makes of it."""

from __future__ import annotations

import pytest

from planalign_orchestrator.model.failures import interruptible


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ValueError, match="a value"), interruptible():
        raise ValueError("a value")
    with pytest.raises(RuntimeError, match="something"), interruptible():
        raise RuntimeError("something") from OSError("a cause")


def test_a_statement_that_the_database_stopped_is_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        raise RuntimeError("Query interrupted")
