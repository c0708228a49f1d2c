"""One whole run of the program over a made-up census, measured from outside and from its own record."""

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from planalign_orchestrator.census import ShapeName, generate_census
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.measurement.outside import Observation, clean_environment, observe
from planalign_orchestrator.memory.readings import GIB
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import read_record

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


@dataclass(frozen=True)
class Measurement:
    """A case and what came of it.

    Args:
        outcome: ``done``, ``out of memory or disk``, ``killed for memory``, ``stopped`` or ``failed``.
        observation: from outside.
        level, batch_size, budget_mb: in force, as the run's record says; None when it left none.
        own_peak_mb: the peak that the run itself saw.
        sampling_percent: of the time, which the run's own readings took.
        laws_held_years: years whose laws were checked and held.
        digest: short digest of all result tables; empty when there is no result.
        stages: processor seconds by stage, over all years.
        models: seconds by model, over all years.
    """

    case: Case
    outcome: str
    observation: Observation
    level: str | None
    batch_size: int | None
    budget_mb: float | None
    own_peak_mb: float | None
    sampling_percent: float | None
    laws_held_years: int
    digest: str
    stages: Mapping[str, float]
    models: Mapping[str, float]

    @property
    def employee_years_a_second(self) -> float:
        """Employees times years, over the whole time from cold start to end."""
        return self.case.employees * self.case.years / max(self.observation.seconds, 0.001)

    def to_json(self) -> dict[str, Any]:
        """The measurement as plain data."""
        return {**asdict(self), "employee_years_a_second": round(self.employee_years_a_second, 1)}


class Workshop:
    """A folder in which cases are run, each in its own; the censuses are made once.

    Args:
        folder: belongs to this alone.
        program: the command to measure; a run's flags follow it.
        keep: leave the run folders where they are.
    """

    def __init__(self, folder: Path, program: Sequence[str] = PROGRAM, *, keep: bool = False) -> None:
        self.folder = folder
        self._program = list(program)
        self._keep = keep
        self._count = 0

    def census(self, employees: int, shape: ShapeName) -> Path:
        """A census of the size and shape."""
        path = self.folder / f"census_{shape}_{employees}.csv"
        if not path.exists():
            as_of = dt.date(FIRST_YEAR - 1, 12, 31)
            generate_census(path, employees=employees, seed=SEED, as_of=as_of, shape=shape)
        return path

    def measure(self, case: Case) -> Measurement:
        """Run a case in a new folder.

        Raises:
            GroupUnavailableError: the case has a limit that cannot be set here.
        """
        census = self.census(case.employees, case.shape)
        self._count += 1
        folder = self.folder / f"run_{self._count}"
        run_folder = folder / "runs" / "baseline"
        run_folder.parent.mkdir(parents=True)
        seen = observe(
            [*self._program, *_flags(case, census)],
            folder,
            environment=clean_environment(),
            spill_folder=RunFolder(run_folder).spill,
            memory_limit_bytes=None if case.limit_gib is None else int(case.limit_gib * GIB),
        )
        measurement = _measurement(case, seen, _record(run_folder))
        if not self._keep:
            shutil.rmtree(folder)
        return measurement


@contextmanager
def workshop(parent: Path | None, program: Sequence[str] = PROGRAM, *, keep: bool = False) -> Iterator[Workshop]:
    """A new workshop below a folder, by default the system's for temporary files; gone afterwards unless kept."""
    if parent is not None:
        parent = parent.resolve()  # runs work in folders of their own
        parent.mkdir(parents=True, exist_ok=True)
    if keep:
        yield Workshop(Path(tempfile.mkdtemp(prefix="planalign-measured-", dir=parent)), program, keep=True)
        return
    with tempfile.TemporaryDirectory(prefix="planalign-measured-", dir=parent) as name:
        yield Workshop(Path(name), program)


def _flags(case: Case, census: Path) -> list[str]:
    years = f"{FIRST_YEAR}-{FIRST_YEAR + case.years - 1}"
    flags = ["run", "--quiet", "--threads", "1", "--census", str(census), "--years", years]
    if case.level is not None:
        flags += ["--optimization", case.level]
    if case.batch_size is not None:
        flags += ["--batch-size", str(case.batch_size)]
    return flags


def _record(run_folder: Path) -> dict[str, Any]:
    """The run's own record: of the result, or of how far it came."""
    folder = RunFolder(run_folder)
    return read_record(folder.run_record) or read_record(folder.partial_record) or {}


def _measurement(case: Case, seen: Observation, record: Mapping[str, Any]) -> Measurement:
    stages: dict[str, float] = {}
    models: dict[str, float] = {}
    for stage in record.get("stages", []):
        stages[stage["stage"]] = round(stages.get(stage["stage"], 0.0) + stage["cpu_seconds"], 3)
        for model, seconds in stage["models"].items():
            models[model] = round(models.get(model, 0.0) + seconds, 3)
    limits, memory = record.get("limits", {}), record.get("memory", {})
    return Measurement(
        case=case,
        outcome=_outcome(seen),
        observation=seen,
        level=limits.get("level"),
        batch_size=limits.get("batch_size"),
        budget_mb=limits["memory_limit_gb"] * 1024 if limits else None,
        own_peak_mb=memory.get("peak_mb"),
        sampling_percent=memory.get("sampling_percent"),
        laws_held_years=sum(stage["stage"] == "VALIDATION" for stage in record.get("stages", [])),
        digest=_digest(record.get("digests", {})),
        stages=stages,
        models=models,
    )


def _outcome(seen: Observation) -> str:
    if seen.stopped:
        return "stopped"
    if seen.exit_code == 0:
        return "done"
    if seen.kills:
        return "killed for memory"
    return "out of memory or disk" if seen.exit_code == 5 else "failed"


def _digest(digests: Mapping[str, Any]) -> str:
    if not digests:
        return ""
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:12]
