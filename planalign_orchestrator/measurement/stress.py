"""Runs many cases one after the other, smallest first, and stops before a machine is asked for what it has not."""

import shutil
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path

import psutil

from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop
from planalign_orchestrator.measurement.outside import Observation
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

LEAST_MEMORY_GIB = 0.75
"""Free memory below which no run is begun."""

_size = attrgetter("employees", "years")


def run_all(workshop: Workshop, wanted: Iterable[Case]) -> Iterator[Measurement]:
    """Measure cases, the least work first; after one that ran short of memory or disk, no larger one is begun."""
    short: Case | None = None
    for case in sorted(wanted, key=lambda case: case.employees * case.years):
        too_large = short and short.limit_gib == case.limit_gib and _size(short) <= _size(case)
        if why := f"{short} was too large already" if too_large else _lacking(case, workshop.folder):
            yield Measurement(case, "not run", Observation(stopped=why))
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


def _lacking(case: Case, folder: Path) -> str:
    """What the machine has too little of for a case; empty when there is enough."""
    disk = case.employees * case.years * BYTES_AN_EMPLOYEE_YEAR * COPIES / GIB + 1
    free = shutil.disk_usage(folder).free / GIB
    if free < disk:
        return f"needs up to {disk:.1f} GiB of disk, {free:.1f} are free"
    available, wanted = psutil.virtual_memory().available / GIB, case.limit_gib or LEAST_MEMORY_GIB
    return f"needs {wanted:.1f} GiB of memory, {available:.1f} are free" if available < wanted else ""
