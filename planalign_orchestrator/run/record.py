"""``run.json``: what was run, with what, how long it took, what came of it; progress and log while it lasts.

Times and machines stand here and never in tables, so that equal inputs give equal tables.
"""

import datetime as dt
import hashlib
import json
import logging
import platform
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import psutil
from pydantic import TypeAdapter

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.config.amendments import flat_in_force
from planalign_orchestrator.config.description import settings_warnings
from planalign_orchestrator.config.hardware import Limits
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.result_settings import is_recorded, recordable
from planalign_orchestrator.errors import CheckpointError, PlanAlignError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import STAGE_NAMES, STAGES, Position, Stage
from planalign_orchestrator.storage.durable import atomic_write_json, named
from planalign_orchestrator.storage.fingerprints import Fingerprints
from planalign_orchestrator.storage.journal import changes_by_year

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class StageRecord:
    """One completed stage.

    Args:
        seconds: wall-clock time; ``cpu_seconds`` is the processor's.
        rows: rows of the year that the stage wrote, over all tables.
        peak_memory_mb: highest memory of the process tree during the stage, in MiB.
        batch_size: thousands of employees at a time.
        models: seconds by model, slowest last built last.
    """

    year: int
    stage: str
    seconds: float
    cpu_seconds: float
    rows: int
    peak_memory_mb: float
    batch_size: int
    models: Mapping[str, float]


@dataclass
class RunRecord:
    """The content of ``run.json``; written after every stage, so that an interrupted run has one too.

    Args:
        settings_by_year: the settings that each year was made with.
        policy: the policy of the machine that held: its file, hash and locked settings; empty without one.
        changes_by_year: the years from which on something else counted (a rewind with other settings), and what.
    """

    run_id: str
    started: str
    settings: dict[str, dict[str, Any]]
    fingerprints: dict[str, Any]
    limits: dict[str, Any]
    stages: list[StageRecord] = field(default_factory=list)
    settings_by_year: dict[int, dict[str, Any]] = field(default_factory=dict)
    changes_by_year: dict[int, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    census: dict[str, Any] = field(default_factory=dict)
    data_quality: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, Any] = field(default_factory=dict)
    digest_engine: str = ""
    summary: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = "running"
    error: str | None = None
    seconds: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RunRecord":
        """The record that ``to_json`` wrote.

        Raises:
            CheckpointError: it is not one.
        """
        try:
            record = TypeAdapter(cls).validate_python(data)
            if strange := {stage.stage for stage in record.stages} - set(STAGE_NAMES):
                raise ValueError(f"{', '.join(sorted(strange))} is not a stage")
        except ValueError as error:
            told = str(error).splitlines()[0]
            raise CheckpointError(f"the record of the run is damaged: {told}") from error
        return record

    def take_over(self, earlier: "RunRecord", last: Position) -> None:
        """Take over the stages up to ``last``, which an earlier attempt completed, and what it knew of the census."""
        self.census, self.data_quality = earlier.census, earlier.data_quality
        self.stages += [stage for stage in earlier.stages if Position(stage.year, stage.stage).order <= last.order]

    def set_origin(self, made_with: Mapping[int, Fingerprints]) -> None:
        """Write down what each year was made with."""
        self.settings_by_year = {
            year: recordable(flat_in_force(made.settings, year)) for year, made in made_with.items()
        }
        self.changes_by_year = changes_by_year(made_with)

    def write(self, path: Path, *, indent: int | None = 2) -> None:
        """Write the record in one step, sealed."""
        atomic_write_json(path, sealed(self.to_json()), indent=indent)

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        # Not `asdict`: it copies every setting, and the record is written after every stage.
        stages = [vars(stage) for stage in self.stages]
        return {"schema_version": SCHEMA_VERSION, **vars(self), "stages": stages, "machine": _machine()}


def new_record(effective: EffectiveSettings, fingerprints: Fingerprints, limits: Limits) -> RunRecord:
    """The record of a run that begins now."""
    return RunRecord(
        run_id=uuid.uuid4().hex[:12],
        started=now(),
        settings={
            setting.key: {"value": setting.value, "source": str(setting.source)}
            for setting in effective.listing()
            if is_recorded(setting.key)
        },
        fingerprints=asdict(fingerprints),
        limits=asdict(limits),
        warnings=settings_warnings(effective.settings),
        policy=effective.policy.to_json() if effective.policy else {},
    )


@contextmanager
def recorded(record: RunRecord, folder: RunFolder, memory: AdaptiveMemoryManager) -> Iterator[None]:
    """Write the record beside the database that the run works in, however the block ends."""
    began = time.perf_counter()
    try:
        yield
        record.outcome = "done"
    except BaseException as error:
        record.outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        # What others say may quote somebody's pay.
        record.error = error.message if isinstance(error, PlanAlignError) else type(error).__name__
        raise
    finally:
        record.seconds = round(time.perf_counter() - began, 3)
        record.memory = memory.summary().to_dict()
        record.write(folder.partial_record)


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with a digest over its content, as it is written: what is changed by hand or by a bad disk shows."""
    plain = {name: value for name, value in record.items() if name != "seal"}
    return {**plain, "seal": hashlib.sha256(json.dumps(plain).encode()).hexdigest()}


def is_sealed(record: Mapping[str, Any]) -> bool:
    """Whether a record that was read is what was written."""
    return bool(sealed(record)["seal"] == record.get("seal"))


def read_record(path: Path) -> dict[str, Any] | None:
    """The content of a ``run.json``, or None when there is none.

    Raises:
        CheckpointError: it is damaged, was changed, or is from a newer program.
    """
    if not path.exists():
        return None
    try:
        data = parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}", remedy="Delete it; it is written anew.") from error
    if not isinstance(data, dict) or data.get("schema_version", 0) > SCHEMA_VERSION:
        raise CheckpointError.told("record of a newer", path=path)
    if not is_sealed(data):
        raise CheckpointError.told("changed record", path=path)
    return data


def latest_record(folder: RunFolder) -> dict[str, Any] | None:
    """What the last attempt in a folder recorded, finished or not; None when there was none.

    Raises:
        CheckpointError: see ``read_record``.
    """
    return read_record(folder.partial_record) or read_record(folder.run_record)


def finished_record(folder: RunFolder) -> RunRecord | None:
    """The record of a run that has nothing left to do; None when there is no sound one."""
    with suppress(CheckpointError):
        if (found := read_record(folder.run_record)) is not None and found.get("outcome") == "done":
            return RunRecord.from_json(found)
    return None


def now() -> str:
    """This moment as ISO text with its offset."""
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def json_ready(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a table as JSON can hold it."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": psutil.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
    }


@dataclass(frozen=True)
class Progress:
    """What a listener is told.

    A ``year``, ``stage`` or ``model`` has ``started`` or ``finished``; the ``run`` has started something else, or
    finished; or a ``note``.

    Args:
        run_id: of the run.
        done: how many steps of the run are complete, a stage of a year each; those before a resume count.
        of: how many steps it has.
    """

    kind: Literal["run", "year", "stage", "model", "note"]
    state: Literal["started", "finished"]
    year: int | None = None
    stage: Stage | None = None
    text: str = ""
    record: StageRecord | None = None
    run_id: str = ""
    done: int = 0
    of: int = 0

    def line(self) -> str:
        """The same as a line of JSON."""
        shown = {"year": self.year, "stage": self.stage and self.stage.name, "text": self.text}
        given = {name: value for name, value in shown.items() if value}
        moment = dt.datetime.now().astimezone().isoformat(timespec="milliseconds")
        line = {"time": moment, "run_id": self.run_id, "kind": self.kind, "state": self.state, **given}
        return json.dumps({**line, "done": self.done, "of": self.of})


Listener = Callable[[Progress], None]


class Announcer:
    """Counts the steps of a run, tells a listener of them, and writes a line each into a file for other programs.

    Args:
        path: the file; it is begun anew with the first line of a run.
        run_id: of the run.
        listener: is told everything.
    """

    def __init__(self, path: Path, run_id: str, listener: Listener | None) -> None:
        self._path, self._run_id, self._listener = path, run_id, listener
        self._first_year = self._done = self._of = 0

    def begin(self, first_year: int, last_year: int) -> None:
        """Begin a file for a run of these years."""
        self._first_year, self._of = first_year, (last_year - first_year + 1) * len(STAGES)
        with named(self._path):
            self._path.write_bytes(b"")

    def __call__(self, progress: Progress) -> None:
        """Tell of something."""
        if progress.stage is not None and progress.year is not None:  # a resumed run begins in the middle
            self._done = (progress.year - self._first_year) * len(STAGES) + STAGES.index(progress.stage)
            self._done += progress.kind == "stage" and progress.state == "finished"
        progress = replace(progress, run_id=self._run_id, done=self._done, of=self._of)
        if self._of and progress.kind in ("run", "year", "stage"):
            with named(self._path), self._path.open("a", encoding="utf-8") as file:
                file.write(progress.line() + "\n")
        if self._listener is not None:
            self._listener(progress)


def last_progress(path: Path) -> dict[str, Any] | None:
    """The last line that a run has written of its progress; None when there is none."""
    with suppress(OSError, ValueError, IndexError):  # no run has come so far
        lines = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        return found if isinstance(found := parsed(lines[-1]), dict) else None
    return None


@dataclass(frozen=True)
class StageContext:
    """What a stage hook is given; the record is there after the stage."""

    year: int
    stage: str
    record: StageRecord | None


class _JsonLines(logging.Formatter):
    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def format(self, record: logging.LogRecord) -> str:
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        stage = {"stage": record.stage} if hasattr(record, "stage") else {}
        entry = {"time": time, "run_id": self._run_id, "level": record.levelname, "message": record.getMessage()}
        return json.dumps(entry | stage)


@contextmanager
def run_log(folder: Path, run_id: str) -> Iterator[None]:
    """Write the package's log messages while the block runs: ``run.log`` for people, ``run.jsonl`` for programs.

    Raises:
        ConfigurationError: the folder cannot be written.
        OutOfResourcesError: the disk is full.
    """
    with named(folder / "run.log"):
        folder.mkdir(parents=True, exist_ok=True)
        handlers = [logging.FileHandler(folder / name, encoding="utf-8") for name in ("run.log", "run.jsonl")]
    text = logging.Formatter(f"%(asctime)s {run_id} %(levelname)s %(message)s")
    logger = logging.getLogger("planalign_orchestrator")
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False  # a handler of the root logger would print everything a second time
    for handler, formatter in zip(handlers, (text, _JsonLines(run_id)), strict=True):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.level, logger.propagate = before
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
