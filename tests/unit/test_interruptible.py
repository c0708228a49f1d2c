"""Ctrl-C stays Ctrl-C, whatever a library makes of it."""

from __future__ import annotations

import pytest

from planalign_orchestrator.model.failures import interruptible


def take_for_a_bad_value(*, hide: bool) -> None:
    """What the code that mashumaro writes for dbt's classes does, for each level of a value."""
    try:
        try:
            raise KeyboardInterrupt
        except BaseException as error:
            raise ValueError("no such value") from (None if hide else error)
    except Exception:
        raise ValueError("nor this one") from None


@pytest.mark.parametrize("hide", [False, True])
def test_an_interruption_taken_for_another_error_is_one(hide: bool) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        take_for_a_bad_value(hide=hide)


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ValueError, match="a value"), interruptible():
        raise ValueError("a value")
    with pytest.raises(RuntimeError, match="something"), interruptible():
        raise RuntimeError("something") from OSError("a cause")


def test_a_statement_that_the_database_stopped_is_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        raise RuntimeError("Query interrupted")
