"""Futures of one census in one pass, in memory, with the laws held."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell
from planalign_orchestrator.sweep.store import passing, simulate_pack, with_seed

_MEMORY_MIB = 900


@contextmanager
def builder_of_futures() -> Iterator[ModelBuilder]:
    """A builder that ``simulated`` can use again and again: reading the models takes as long as a year."""
    with passing("futures", _MEMORY_MIB) as (builder, _):
        yield builder


@contextmanager
def simulated(
    builder: ModelBuilder,
    futures: Sequence[Settings],
    census: Path,
    tables: Mapping[str, AssumptionTable],
    results: Iterable[str],
    until: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Simulate futures and hand out the database of their results; the cell of a future is its place, from 0.

    Args:
        builder: of ``builder_of_futures``; its database is empty before and after.
        futures: settings with years in common.
        census: checked, as canonical Parquet.
        tables: the assumption tables of all futures.
        results: the tables that are wanted.
        until: the last year; that of the futures when left out.

    Raises:
        LawBrokenError: a law of the model does not hold.
    """
    simulation = futures[0].simulation
    cells = [Cell(number, settings) for number, settings in enumerate(futures)]
    years = range(simulation.start_year, (until or simulation.end_year) + 1)
    try:
        for broken in simulate_pack(builder, cells, {1: census}, tables, years, tables=results):
            raise LawBrokenError(f"{broken.year} breaks {', '.join(broken.laws)}", remedy="Please report it.")
        with builder.cursor() as cursor:
            yield cursor
    finally:
        builder.close()


def with_seeds(settings: Settings, number: int) -> list[Settings]:
    """So many futures, with the seeds from the one that is set on."""
    first = settings.simulation.random_seed
    return [with_seed(settings, seed) for seed in range(first, first + number)]


def with_random_exits(settings: Settings) -> Settings:
    """The settings with everybody leaving by a chance of their own, so that how many leave varies too."""
    return settings.model_copy(update={"workforce": settings.workforce.model_copy(update={"exits": "random"})})
