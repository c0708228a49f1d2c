"""How the memory budget is divided between Python and the database, and how many employees are handled at once."""

import math
from typing import NamedTuple

from planalign_orchestrator.config.hardware import LEVELS

TYPICAL_BASELINE_BYTES = 200 << 20
"""What Python with dbt loaded needs: measured 160 MiB after reading the project and 190 MiB after sixty invocations."""

OVERSHOOT = 0.5
"""DuckDB's limit binds its buffers only; measured, single operators took 15 to 75% more, nearly all below 50%."""

SMALLEST_DUCKDB_BYTES = 128 << 20
"""With less DuckDB does not get through a join even with spilling."""

SLICE_BYTES = 160 << 20
"""What DuckDB needs however small the slice: the statements over everybody at once spill within it."""

SLICE_BYTES_PER_THOUSAND = 1 << 20
"""What a thousand employees of a slice need in DuckDB's buffers; the widest statement of a year decides."""

BATCH_SIZES = tuple(sorted({level.batch_size for level in LEVELS.values()}, reverse=True))
"""The sizes to fall back to, in thousands of employees."""


class BudgetShares(NamedTuple):
    """A divided budget, in bytes: for Python, as DuckDB's ``memory_limit``, and for what DuckDB takes beyond that."""

    python: int
    duckdb: int
    reserve: int


def divide_budget(budget_bytes: int, baseline_bytes: int) -> BudgetShares:
    """Divide a budget so that even a DuckDB that exceeds its limit by half stays within it.

    Args:
        budget_bytes: for the whole process tree.
        baseline_bytes: what Python needs.
    """
    rest = max(0, budget_bytes - baseline_bytes)
    duckdb = max(SMALLEST_DUCKDB_BYTES, int(rest / (1 + OVERSHOOT)))
    return BudgetShares(python=baseline_bytes, duckdb=duckdb, reserve=max(0, rest - duckdb))


def slice_need(batch_size: int) -> int:
    """The bytes with which DuckDB builds a slice about as fast as with more.

    More would not stay empty: DuckDB keeps pages that it has read until its limit is reached.

    Args:
        batch_size: thousands of employees.
    """
    return SLICE_BYTES + batch_size * SLICE_BYTES_PER_THOUSAND


def next_budget_gib(duckdb_bytes: int, baseline_bytes: int) -> float:
    """The budget, in tenths of a GiB, that gives DuckDB twice what was not enough.

    Args:
        duckdb_bytes: the ``memory_limit`` under which DuckDB ran out of memory.
        baseline_bytes: what Python needs.
    """
    return math.ceil((baseline_bytes + 2 * duckdb_bytes * (1 + OVERSHOOT)) / (1 << 30) * 10) / 10


class BatchLadder:
    """The batch size in force, and the steps below it.

    Args:
        first: thousands of employees, as the settings say; it is never exceeded.
    """

    def __init__(self, first: int) -> None:
        self.steps = (first, *(size for size in BATCH_SIZES if size < first))
        self._position = 0
        self._highest = 0  # the position of the largest step that may still be used
        self._raised = False
        self._tried = True

    @property
    def size(self) -> int:
        """Thousands of employees for the next slice."""
        return self.steps[self._position]

    def begin(self) -> None:
        """Note that work with the present size begins: only then can another step down be judged."""
        self._tried = True

    def step_down(self, *, for_good: bool = False) -> int | None:
        """Take the next smaller size.

        Args:
            for_good: because memory has run out; else what the present size needs must have been seen first.

        Returns:
            The size; None below the smallest, or while the present one has not been tried yet.
        """
        if self._position + 1 == len(self.steps) or not (self._tried or for_good):
            return None
        self._position += 1
        if for_good or self._raised:  # a larger size that was tried a second time and failed again is not a third time
            self._highest = self._position
        self._raised = self._tried = False
        return self.size

    def step_up(self) -> int | None:
        """Take the next larger size, unless it has failed before; None when there is none."""
        if self._position <= self._highest:
            return None
        self._position -= 1
        self._raised = self._tried = True
        return self.size
