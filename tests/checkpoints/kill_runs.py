"""Kill real runs, resume them, and compare the results with an undisturbed run.

    python tests/checkpoints/kill_runs.py COUNT SEED [--more 0] [--employees 200] [--from 1] [--json] [--folder DIR]

Every trial runs the command line in a process of its own and ends it with SIGKILL, up to four times, and ``--more``
times at random instants beside those: at a random instant of the whole run, in a given stage, or before a random file
operation while a journal entry or checkpoint is written, a database restored, the result renamed into place or the
reports written (see ``kill_plan``). Some kills are Ctrl-C instead, some come after the process was suspended; after
some the clock is set back or a file is deleted, cut short or has a bit flipped. Every next start resumes, or goes back
to the second year; the last one is left to finish. Then the digests of all tables, the checked census and the summary
must be those of the undisturbed run.

The same seed gives the same plan. Prints a line a trial and the kills by place; exit code 1 if any result differs.
The processes are children of one that has imported everything; needs a system with SIGKILL.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a command, it finds its neighbours

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.storage.durable import CHUNK
from planalign_orchestrator.storage.journal import Journal, digest_of
from planalign_orchestrator.warehouse import relations_of
from tests.checkpoints.damages import DAMAGES
from tests.checkpoints.kill_plan import BY_OPERATION, Attempt, Trial, trials
from tests.checkpoints.watched_run import (
    PLACES,
    PRELOADED,
    PUBLISHING,
    RESTORE,
    START,
    Aim,
    Moment,
    PlaceFile,
    run_watched,
)

FIRST, LAST = 2025, 2027
KILLED, INTERRUPTED, DONE = (-signal.SIGKILL,), (130, -signal.SIGINT), (0,)

PATIENCE = 900
"""Seconds after which a run counts as hanging."""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(PRELOADED)


@dataclass
class Outcome:
    """What came of a trial: where the kills fell, what was damaged, and what is wrong, if anything."""

    kills: list[str] = field(default_factory=list)
    damages: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    fault: str = ""


@dataclass(frozen=True)
class Reference:
    """The undisturbed run.

    Args:
        timeline: the seconds in each moment, in order.
        operations: the file operations in each place.
        result: see ``result_of``.
    """

    timeline: Mapping[Moment, float]
    operations: Mapping[str, int]
    result: Mapping[str, Any]

    def order(self, moment: Moment) -> int:
        """Where a moment stands in the run; those that only a resume has count as its start."""
        return next((number for number, other in enumerate(self.timeline) if other == moment), 0)


class Killer:
    """Carries out trials of one census.

    Args:
        base: a folder for everything.
        employees: how many people the census has.
    """

    def __init__(self, base: Path, employees: int) -> None:
        self.base = base
        self.census = base / "census.csv"
        generate_census(self.census, employees=employees, seed=1, as_of=dt.date(FIRST - 1, 12, 31))
        self.reference = self._undisturbed(base / "undisturbed")

    def carry_out(self, trial: Trial, root: Path) -> Outcome:
        """Start, kill and resume a run as planned, then let the last start finish and look at the result.

        Args:
            trial: the plan.
            root: the folder of this trial alone.
        """
        outcome, flags = Outcome(), ["--enable-compression"] if trial.compressed else []
        run = RunFolder(root / "runs" / "baseline")
        root.mkdir()
        going_on: list[str] = []
        for attempt in trial.attempts:
            code, moment = self._start_and_kill(root, [*flags, *going_on], attempt, Journal(run.journal).completed())
            if code in DONE:
                break
            if code not in (INTERRUPTED if attempt.interrupted else KILLED):
                outcome.fault = f"{moment.place}: ended with code {code}: {self._said(root)}"
                return outcome
            outcome.kills.append(moment.place)
            outcome.others.update(name for name in ("interrupted", "suspended") if getattr(attempt, name))
            if attempt.damage is not None and DAMAGES[attempt.damage](run, attempt.share):
                outcome.damages.append(attempt.damage)
            going_on = ["--resume-from-checkpoint"]
            if attempt.rewinds and _has_come_to(run, Position.end_of(FIRST)):
                going_on = ["--from-year", str(FIRST + 1)]
                outcome.others["rewound"] += 1
        process = self._start(root, [*flags, *(going_on or ["--resume-from-checkpoint"])], None)
        process.join(PATIENCE)
        if process.exitcode != 0:
            outcome.fault = f"the last start ended with code {process.exitcode}: {self._said(root)}"
        elif (found := result_of(run)) != self.reference.result:
            names = [name for name, value in self.reference.result.items() if found.get(name) != value]
            outcome.fault = f"DIFFERENT: {', '.join(names)}"
        elif left := [path.name for path in run.root.rglob("*.tmp*")]:
            outcome.fault = f"left behind: {', '.join(left)}"
        return outcome

    def _undisturbed(self, root: Path) -> Reference:
        root.mkdir()
        process = self._start(root, [], None, report=root / "report.json")
        process.join(PATIENCE)
        if process.exitcode != 0:
            raise SystemExit(f"the undisturbed run ended with code {process.exitcode}: {self._said(root)}")
        report = json.loads((root / "report.json").read_text(encoding="utf-8"))
        run = RunFolder(root / "runs" / "baseline")
        chunks = -(-(run.checkpoints / f"year_{LAST - 1}.duckdb").stat().st_size // CHUNK)
        timeline = {Moment(year, place): seconds for year, place, seconds in report["timeline"]}
        return Reference(timeline, {**report["operations"], RESTORE: chunks + 8}, result_of(run))

    def _start(self, root: Path, flags: Sequence[str], aim: Aim | None, report: Path | None = None) -> BaseProcess:
        arguments = ["run", "--census", str(self.census), "--years", f"{FIRST}-{LAST}", "--threads", "1"]
        arguments += ["--output", str(root / "runs"), *flags]
        PlaceFile(root / "place").write(Moment(0, START))
        (root / "output").unlink(missing_ok=True)
        process = _CONTEXT.Process(
            target=run_watched, args=(arguments, root / "place", root / "output", aim, report), daemon=True
        )
        process.start()
        return process

    def _start_and_kill(
        self, root: Path, flags: Sequence[str], attempt: Attempt, position: Position | None
    ) -> tuple[int, Moment]:
        """Start a run and end it as the attempt says; returns its exit code and where it was."""
        resumed = position is not None
        if attempt.place in BY_OPERATION:
            # A resume has fewer operations left than the whole run.
            count = self.reference.operations[attempt.place] // (2 if resumed and attempt.place != RESTORE else 1)
            process = self._start(root, flags, Aim(attempt.place, 1 + int(attempt.share * count)))
            process.join(PATIENCE)
        else:
            moment, seconds = self._instant(attempt, position)
            process = self._start(root, flags, None)
            self._wait_until(process, PlaceFile(root / "place"), moment, seconds)
            _end(process, attempt, root / "output")
        code = process.exitcode
        return (code if code is not None else PATIENCE), PlaceFile(root / "place").read()

    def _instant(self, attempt: Attempt, position: Position | None) -> tuple[Moment, float]:
        """The moment in which an attempt ends and the seconds after it began."""
        timeline = self.reference.timeline
        left = [moment for moment in timeline if _is_left(moment, position)]
        if attempt.place is not None:
            named = [moment for moment in left if moment.place == attempt.place] or left
            moment = named[-1 if attempt.later_year else 0]
            return moment, attempt.share * timeline[moment]
        seconds = attempt.share * sum(timeline[moment] for moment in left)
        for moment in left:
            if seconds <= timeline[moment]:
                break
            seconds -= timeline[moment]
        return moment, seconds

    def _wait_until(self, process: BaseProcess, file: PlaceFile, moment: Moment, seconds: float) -> None:
        """Wait until a run has been in a moment for some seconds; not longer than the moment lasts this time."""
        order, deadline = self.reference.order(moment), time.monotonic() + PATIENCE
        entered: float | None = None
        while process.is_alive() and time.monotonic() < deadline:
            now = self.reference.order(file.read())
            if now > order:
                return
            if now == order:
                entered = entered or time.monotonic()
                if time.monotonic() - entered >= seconds:
                    return
            time.sleep(0.002)

    def _said(self, root: Path) -> str:
        return (root / "output").read_text(encoding="utf-8", errors="replace").strip()[-1500:]


def _is_left(moment: Moment, position: Position | None) -> bool:
    if position is None or moment.place == START or moment.year > position.year:
        return True
    if moment.place in STAGE_NAMES:
        return Position(moment.year, moment.place).order > position.order
    return moment.year == position.year and moment.place == PUBLISHING


def _end(process: BaseProcess, attempt: Attempt, output: Path) -> None:
    while attempt.interrupted and process.is_alive() and not output.exists():  # the program has not begun
        time.sleep(0.002)
    if attempt.suspended and process.is_alive():
        os.kill(process.pid or 0, signal.SIGSTOP)
        time.sleep(0.5)
        os.kill(process.pid or 0, signal.SIGCONT)
        process.join(0.1)
    if process.is_alive():
        os.kill(process.pid or 0, signal.SIGINT if attempt.interrupted else signal.SIGKILL)
    process.join(PATIENCE)


def _has_come_to(run: RunFolder, position: Position) -> bool:
    completed = Journal(run.journal).completed()
    return completed is not None and completed.order >= position.order


def result_of(run: RunFolder) -> dict[str, Any]:
    """Everything that a resumed run must have like an undisturbed one: tables, checked census, summary, stages."""
    with duckdb.connect(str(run.database), read_only=True) as connection:
        found: dict[str, Any] = {name: digest_of(connection, name) for name in relations_of(connection)}
    found["census"] = run.census.read_bytes()
    # The other reports name the run and its moment: that they are there counts, and the tables that they show.
    found |= {path.name: path.read_bytes() if path.suffix == ".csv" else True for path in run.reports.iterdir()}
    record = json.loads(run.run_record.read_text(encoding="utf-8"))
    del record["census"]["output"], record["census"]["rejects"]  # their paths
    return found | {f"run.json {key}": record[key] for key in ("outcome", "census", "digests", "summary")}


def main() -> int:
    """Run the trials."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, help="how many runs are killed")
    parser.add_argument("seed", type=int, help="the same seed plans the same kills")
    parser.add_argument("--more", type=int, default=0, help="kills at random instants of every run, beside the others")
    parser.add_argument("--employees", type=int, default=200, help="people in the census")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first trial that is carried out")
    parser.add_argument("--json", action="store_true", help="print the total as JSON")
    parser.add_argument("--folder", type=Path, help="where to work; failed trials stay there")
    given = parser.parse_args()
    planned = list(enumerate(trials(given.seed, given.count, given.more), start=1))
    with working_folder(given.folder) as base:
        outcomes = carry_out(planned[given.first - 1 :], Killer(base, given.employees))
    total = total_of(outcomes)
    print(json.dumps({"seed": given.seed, **total}) if given.json else text_of(total))
    return 0 if total["equal"] == total["runs"] else 1


@contextmanager
def working_folder(given: Path | None) -> Iterator[Path]:
    """The folder that somebody names, or one that is gone afterwards."""
    base = given or Path(tempfile.mkdtemp(prefix="kills_"))
    base.mkdir(parents=True, exist_ok=True)
    try:
        yield base
    finally:
        if given is None:
            shutil.rmtree(base, ignore_errors=True)


def carry_out(planned: Iterable[tuple[int, Trial]], killer: Killer) -> list[Outcome]:
    """Carry out trials, which have numbers, and print a line about each."""
    outcomes = []
    for number, trial in planned:
        outcome = killer.carry_out(trial, root := killer.base / f"trial_{number}")
        outcomes.append(outcome)
        if not outcome.fault:
            shutil.rmtree(root)
        what = "; ".join(filter(None, [", ".join(outcome.kills) or "not killed", ", ".join(outcome.damages)]))
        print(f"{number:4} {outcome.fault or 'equal'}; {what}", flush=True)
    return outcomes


def total_of(outcomes: Sequence[Outcome], where: Sequence[str] = PLACES) -> dict[str, Any]:
    """The counts over all trials."""
    places = Counter(place for outcome in outcomes for place in outcome.kills)
    damages = Counter(damage for outcome in outcomes for damage in outcome.damages)
    return {
        "runs": len(outcomes),
        "equal": sum(not outcome.fault for outcome in outcomes),
        "kills": sum(places.values()),
        "killed several times": sum(len(outcome.kills) > 1 for outcome in outcomes),
        "by place": {place: places[place] for place in where},
        "damages": dict(sorted(damages.items())),
        "others": dict(sum((outcome.others for outcome in outcomes), Counter())),
    }


def text_of(total: Mapping[str, Any]) -> str:
    """The counts as lines."""
    lines = [
        f"{total['equal']} of {total['runs']} runs equal after {total['kills']} kills, "
        f"{total['killed several times']} runs killed several times"
    ]
    for title in ("by place", "damages", "others"):
        lines.append(f"{title}: " + ", ".join(f"{name} {count}" for name, count in total[title].items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
