"""The command line in a process of its own that says where it is, and that kills itself where it is told to.

The place is written into a small shared file, so it can still be read when the process has been killed.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import planalign_orchestrator
from planalign_orchestrator.run.stages import STAGE_NAMES

START, RESTORE, JOURNAL, CHECKPOINT = "start-up", "restore", "journal", "checkpoint"
PUBLISHING, RENAME, REPORTS = "publishing", "final rename", "reports"
PLACES = (START, RESTORE, *STAGE_NAMES, JOURNAL, CHECKPOINT, PUBLISHING, RENAME, REPORTS)
"""Where a run can be: every moment of it is in one of these."""

PLACE_BEGINS = {
    "restore.before_copy": RESTORE,
    "resume.before_trim": RESTORE,
    "resume.after_trim": START,
    "journal.before_append": JOURNAL,
    "checkpoint.before_copy": CHECKPOINT,
    "checkpoint.after_retention": PUBLISHING,
    "finish.before_rename": RENAME,
    "finish.after_rename": REPORTS,
}
"""Where a place begins. Stages announce themselves; after a journal entry the place before goes on."""

FAULT_POINTS = frozenset(
    name
    for path in Path(planalign_orchestrator.__file__).parent.rglob("*.py")
    for name in re.findall(r'fault_point\("([^"]+)"\)', path.read_text("utf-8"))
)
"""The places of the code where a run may be stopped; every one of them needs a test that does."""

PRELOADED = [
    "planalign_orchestrator.cli",
    "planalign_orchestrator.run.pipeline",
    "planalign_orchestrator.census.intake",
    "planalign_orchestrator.cli.run_display",
    "planalign_orchestrator.cli.run_summary",
    "planalign_orchestrator.reports.workbook",
]
"""What every run imports before it does anything: children of a process that has it start at once."""

_SIZE = 128


@dataclass(frozen=True)
class Moment:
    """A place of a run, with the year it works on; year 0 is before the first one."""

    year: int
    place: str


@dataclass(frozen=True)
class Aim:
    """The file operation before which a process kills itself: the nth in a place."""

    place: str
    operation: int


class PlaceFile:
    """Where a process is, readable by others while it lives and afterwards."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(f"0|{START}".ljust(_SIZE).encode())
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def write(self, moment: Moment) -> None:
        """Say where this process is."""
        self._memory[:] = f"{moment.year}|{moment.place}".ljust(_SIZE).encode()

    def read(self) -> Moment:
        """Where the process is, or was when it ended."""
        year, _, place = self._memory[:].decode().strip().partition("|")
        return Moment(int(year), place)


class Watch:
    """Follows a run through its fault points and stages; counts the file operations and the seconds in each place."""

    def __init__(self, file: PlaceFile, aim: Aim | None) -> None:
        self._file, self._aim = file, aim
        self._now = self._before = Moment(0, START)
        self._began = time.perf_counter()
        self.operations: Counter[str] = Counter()
        self.seconds: Counter[Moment] = Counter()

    def on_operation(self, operation: str, name: str) -> None:
        """A file operation is about to happen, or a fault point was passed."""
        if operation == "fault_point" and name in PLACE_BEGINS:
            self.enter(Moment(self._now.year, PLACE_BEGINS[name]))
        place = self._now.place
        self.operations[place] += 1
        if self._aim == Aim(place, self.operations[place]):
            os.kill(os.getpid(), signal.SIGKILL)
        if operation == "fault_point" and name == "journal.after_append":
            self.enter(self._before)

    def enter(self, moment: Moment) -> None:
        """The run has come to another place."""
        now = time.perf_counter()
        self.seconds[self._now] += now - self._began  # type: ignore[assignment]
        self._before, self._now, self._began = self._now, moment, now
        self._file.write(moment)

    def write_report(self, path: Path) -> None:
        """Write down what was counted."""
        self.enter(self._now)
        timeline = [(moment.year, moment.place, seconds) for moment, seconds in self.seconds.items()]
        path.write_text(json.dumps({"operations": self.operations, "timeline": timeline}), encoding="utf-8")


def run_watched(arguments: Sequence[str], place: Path, output: Path, aim: Aim | None, report: Path | None) -> None:
    """Run the command line and end with its exit code.

    Args:
        arguments: of ``planalign``.
        place: see ``PlaceFile``.
        output: what the command prints is added to this file.
        aim: where the process kills itself.
        report: where the counts go when the command ends.
    """
    from planalign_orchestrator.cli import main
    from tests.operations import observing

    as_command(arguments)
    watch = Watch(PlaceFile(place), aim)
    with _stages_announced(watch), observing(watch.on_operation):
        try:
            print_to(output)  # from here on Ctrl-C is the program's affair
            main(list(arguments))
        finally:
            if report is not None:
                watch.write_report(report)


def as_command(arguments: Sequence[str]) -> None:
    """Let this process be the ``planalign`` command with these arguments, also for a Ctrl-C while it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["planalign", *arguments]
    import_module("planalign_orchestrator.__main__")


@contextlib.contextmanager
def _stages_announced(watch: Watch) -> Iterator[None]:
    from planalign_orchestrator.run import pipeline

    class Watched(pipeline.PipelineOrchestrator):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            self.add_stage_hook("pre_stage", lambda context: watch.enter(Moment(context.year, context.stage)))

    original = pipeline.PipelineOrchestrator
    pipeline.PipelineOrchestrator = Watched  # type: ignore[misc]
    try:
        yield
    finally:
        pipeline.PipelineOrchestrator = original  # type: ignore[misc]


def print_to(path: Path) -> None:
    """Send everything this process prints to a file, also what goes past ``sys.stderr``; it is there from then on."""
    opening = path.with_name(f"{path.name}.opening")
    with opening.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    opening.replace(path)
