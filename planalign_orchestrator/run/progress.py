"""What a run tells while it lasts: progress to a listener, stages to hooks, messages to its log."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.run.record import StageRecord
from planalign_orchestrator.run.stages import STAGES, Stage
from planalign_orchestrator.storage.durable import named

_PACKAGE = "planalign_orchestrator"


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
    try:
        lines = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        found = parsed(lines[-1])
    except (OSError, ValueError, IndexError):  # no run has come so far
        return None
    return found if isinstance(found, dict) else None


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
    logger = logging.getLogger(_PACKAGE)
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
