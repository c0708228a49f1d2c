"""Whole runs of the program over a made-up census, measured from outside and from its own record, one or many."""

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import psutil

from planalign_orchestrator.census.options import ShapeName
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.measurement.outside import Observation, observe
from planalign_orchestrator.memory.readings import GIB
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import latest_record

FIRST_YEAR = 2025
SEED = 1
PROGRAM = tuple(isolated("planalign_orchestrator"))


@dataclass(frozen=True)
class Case:
    """What to run.

    Args:
        employees, years: the size.
        level: of optimization; None lets the program choose.
        batch_size: thousands of employees at a time; None is the level's.
        shape: of the census.
        limit_gib: memory that the process tree may have, set from outside; None sets no limit.
    """

    employees: int
    years: int
    level: str | None = None
    batch_size: int | None = None
    shape: ShapeName = "balanced"
    limit_gib: float | None = None

    def __str__(self) -> str:
        parts = [f"{self.employees} x {self.years}", self.level, self.batch_size and f"batches of {self.batch_size}"]
        shape = None if self.shape == "balanced" else self.shape
        limit = None if self.limit_gib is None else f"within {self.limit_gib:g} GiB"
        return ", ".join(str(part) for part in (*parts, shape, limit) if part)

    def made_in(self, folder: Path) -> Path:
        """The census of the size and shape in a folder, made where it is not there yet."""
        path = folder / f"census_{self.shape}_{self.employees}.csv"
        if not path.exists():
            as_of = dt.date(FIRST_YEAR - 1, 12, 31)
            generate_census(path, employees=self.employees, seed=SEED, as_of=as_of, shape=self.shape)
        return path

    def flags(self, census: Path) -> list[str]:
        """The flags of a run of it."""
        years = f"{FIRST_YEAR}-{FIRST_YEAR + self.years - 1}"
        flags = ["run", "--quiet", "--threads", "1", "--census", str(census), "--years", years]
        flags += ["--optimization", self.level] if self.level else []
        return flags + (["--batch-size", str(self.batch_size)] if self.batch_size else [])


@dataclass
class Measurement:
    """A case and what came of it.

    Args:
        outcome: ``done``, ``out of memory or disk``, ``killed for memory``, ``stopped``, ``failed`` or ``not run``.
        observation: from outside.
        record: the run's own, of the result or of how far it came; empty when it left none.

    Attributes:
        employee_years_a_second: employees times years, over the whole time from cold start to end.
        digest: a short digest of all result tables; empty when there is no result.
        limits: those in force, as the record says: level, batch size, memory.
    """

    case: Case
    outcome: str
    observation: Observation
    record: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.employee_years_a_second = self.case.employees * self.case.years / max(self.observation.seconds, 0.001)
        digests = self.record.get("digests")
        self.digest = hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:12] if digests else ""
        self.limits: Mapping[str, Any] = self.record.get("limits", {})

    def to_json(self) -> dict[str, Any]:
        """The measurement as plain data, with what the run itself saw: processor seconds by stage, and by model."""
        stages, memory = self.record.get("stages", []), self.record.get("memory", {})
        return {
            "case": asdict(self.case),
            "outcome": self.outcome,
            "observation": asdict(self.observation),
            "level": self.limits.get("level"),
            "batch_size": self.limits.get("batch_size"),
            "budget_mb": self.limits["memory_limit_gb"] * 1024 if self.limits else None,
            "own_peak_mb": memory.get("peak_mb"),
            "sampling_percent": memory.get("sampling_percent"),
            "laws_held_years": sum(stage["stage"] == "VALIDATION" for stage in stages),
            "digest": self.digest,
            "stages": _added((stage["stage"], stage["cpu_seconds"]) for stage in stages),
            "models": _added(entry for stage in stages for entry in stage["models"].items()),
            "employee_years_a_second": round(self.employee_years_a_second, 1),
        }


def _added(seconds: Iterator[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, one in seconds:
        found[name] = round(found.get(name, 0.0) + one, 3)
    return found


@dataclass
class Workshop:
    """A folder in which cases are run, each in its own; the censuses are made once.

    Args:
        folder: belongs to this alone.
        program: the command to measure; a run's flags follow it.
    """

    folder: Path
    program: Sequence[str] = PROGRAM

    def measure(self, case: Case) -> Measurement:
        """Run a case in a new folder.

        Raises:
            GroupUnavailableError: the case has a limit that cannot be set here.
        """
        folder = self.folder / "run"  # gone again when it has been measured
        run = RunFolder(folder / "runs" / "baseline")
        run.root.parent.mkdir(parents=True)
        seen = observe(
            [*self.program, *case.flags(case.made_in(self.folder))],
            folder,
            spill_folder=run.spill,
            memory_limit_bytes=None if case.limit_gib is None else int(case.limit_gib * GIB),
        )
        record = latest_record(run) or {}
        shutil.rmtree(folder)
        return Measurement(case, _outcome(seen), seen, record)


@contextmanager
def workshop(parent: Path | None, program: Sequence[str] = PROGRAM) -> Iterator[Workshop]:
    """A new workshop below a folder, by default the system's for temporary files; gone afterwards."""
    if parent is not None:
        parent = parent.resolve()  # runs work in folders of their own
        parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="planalign-measured-", dir=parent) as folder:
        yield Workshop(Path(folder), program)


def _outcome(seen: Observation) -> str:
    if seen.stopped:
        return "stopped"
    if seen.exit_code == 0:
        return "done"
    if seen.kills:
        return "killed for memory"
    return "out of memory or disk" if seen.exit_code == 5 else "failed"


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
