"""Books of tiny plans, and sweeps over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.sweep.designs import Design, Failure, designs_of
from planalign_orchestrator.sweep.file import SweepFile
from planalign_orchestrator.sweep.store import SweepFolder
from planalign_orchestrator.sweep.sweeping import Sweep
from planalign_orchestrator.sweep.workers import Alone, Crew

MIB = 1000
YEARS = {"simulation.start_year": 2025, "simulation.end_year": 2026}


def census(path: Path, people: int, seed: int = 1) -> Path:
    """A synthetic census."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generate_census(path, employees=people, seed=seed, as_of=dt.date(2024, 12, 31))
    return path


def book(folder: Path, sizes: Sequence[int]) -> Path:
    """A folder of plans, each with a census of its own."""
    for number, people in enumerate(sizes, 1):
        census(folder / f"plan{number}" / "census.csv", people, seed=number)
    return folder


def sweep_of(
    folder: Path, file: SweepFile, *, crew: Crew | None = None, mib: int = MIB, tables: tuple[str, ...] = ()
) -> Sweep:
    """Simulate a sweep in this process, or by others, to the end."""
    return finished(folder, list(designs_of(file, folder, {})), file, crew or Alone(), mib, tables)


def finished(
    folder: Path,
    found: Sequence[Design | Failure],
    file: SweepFile,
    crew: Crew,
    mib: int = MIB,
    tables: tuple[str, ...] = (),
) -> Sweep:
    """Simulate designs to the end."""
    sweep = Sweep(SweepFolder(folder / "sweep"), tables, mib, crew, lambda standing: None)
    try:
        sweep.run(found, file.seeds_from)
    finally:
        crew.close()
    sweep.finish()
    return sweep


def results(sweep: Sweep | SweepFolder, query: str = "select * from results") -> list[tuple[Any, ...]]:
    """Rows of the results."""
    folder = sweep.folder if isinstance(sweep, Sweep) else sweep
    path = folder.results().as_posix()
    with duckdb.connect() as connection:
        return connection.execute(f"with results as (from read_parquet('{path}')) {query}").fetchall()
