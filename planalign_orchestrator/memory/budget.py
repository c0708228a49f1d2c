"""How the memory budget of a run is divided between Python and the database."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


@dataclass(frozen=True)
class BudgetShares:
    """A divided budget, in bytes.

    Args:
        python: for Python.
        duckdb: to be set as DuckDB's ``memory_limit``.
        reserve: for what DuckDB takes beyond its limit.
    """

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
