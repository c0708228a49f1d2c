"""Runs many cases one after the other, smallest first, and stops before a machine is asked for what it has not."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psutil

from planalign_orchestrator.census import ShapeName
from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop
from planalign_orchestrator.memory.readings import GIB

PROOFS = (
    Case(100_000, 5, "low", limit_gib=0.75),
    Case(250_000, 5, "low", limit_gib=1),
    Case(1_000_000, 3, "low", limit_gib=2),
)
"""What the program promises to get through, with the memory that it may have, without swap."""

BYTES_AN_EMPLOYEE_YEAR = 450
"""Of database; measured 250 to 430."""

COPIES = 4
"""The database, the two year copies that are kept, and the one that is being written."""

LEAST_MEMORY = int(0.75 * GIB)
"""Free memory below which no run is begun."""


@dataclass(frozen=True)
class NotRun:
    """A case that was left out, and why."""

    case: Case
    why: str


def cases(
    sizes: Sequence[int],
    years: Sequence[int],
    levels: Sequence[str | None],
    batch_sizes: Sequence[int | None] = (None,),
    shapes: Sequence[ShapeName] = ("balanced",),
    limit_gib: float | None = None,
) -> list[Case]:
    """Every combination, in order of the work that it takes."""
    combined = product(sizes, years, levels, batch_sizes, shapes)
    found = [Case(size, count, level, batch, shape, limit_gib) for size, count, level, batch, shape in combined]
    return sorted(found, key=lambda case: case.employees * case.years)


def run_all(workshop: Workshop, wanted: Iterable[Case]) -> Iterator[Measurement | NotRun]:
    """Measure cases in turn; after one that ran short of memory or disk, no larger one is begun."""
    short: Case | None = None
    for case in wanted:
        why = _lacking(case, workshop.folder)
        if short is not None and _at_least(case, short):
            why = f"{short} was too large already"
        if why:
            yield NotRun(case, why)
            continue
        measurement = workshop.measure(case)
        if measurement.outcome not in ("done", "failed"):
            short = case
        yield measurement


def disagreeing(measurements: Iterable[Measurement]) -> list[list[Measurement]]:
    """Groups of the same people and years that gave different results, which must not be: none, when all is well."""
    groups: dict[tuple[object, ...], list[Measurement]] = {}
    for measurement in measurements:
        if measurement.digest:
            case = measurement.case
            groups.setdefault((case.employees, case.years, case.shape), []).append(measurement)
    return [group for group in groups.values() if len({measurement.digest for measurement in group}) > 1]


def _at_least(case: Case, other: Case) -> bool:
    return (case.employees, case.years) >= (other.employees, other.years) and case.limit_gib == other.limit_gib


def _lacking(case: Case, folder: Path) -> str:
    """What the machine has too little of for a case; empty when there is enough."""
    needed = case.employees * case.years * BYTES_AN_EMPLOYEE_YEAR * COPIES + GIB
    free = shutil.disk_usage(folder).free
    if free < needed:
        return f"needs up to {needed / GIB:.1f} GiB of disk, {free / GIB:.1f} are free"
    available = int(psutil.virtual_memory().available)
    wanted = LEAST_MEMORY if case.limit_gib is None else int(case.limit_gib * GIB)
    if available < wanted:
        return f"needs {wanted / GIB:.1f} GiB of memory, {available / GIB:.1f} are free"
    return ""
