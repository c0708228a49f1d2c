"""Kill real sweeps of several cells, repeat the command, and compare what they leave with an undisturbed sweep.

    python -m tests.sweep.kill_sweeps KILLS SEED [--each 6] [--json] [--folder DIR]

A sweep of eight cells in four packs (two plans, two designs, two seeds) runs as the command line in a process of its
own, every third one with two workers. It is ended with SIGKILL up to ``--each`` times, at a random instant of each of
its steps in turn or before a random file operation. Some kills are Ctrl-C; some hit a worker, after which the sweep
goes on by itself; after some a part or a checked census is deleted. Nothing that it started may outlive it. The
command is then repeated, at last to its end: the tables, the designs, the page and what it prints must be those of the
undisturbed sweep, and nothing that is only needed on the way may be left, in its folder or in that for temporary files.

The same seed gives the same plan. Sweeps are killed until so many kills have fallen; prints a line a sweep and the
kills by step; exit code 1 if any result differs. Needs a system with SIGKILL.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from tests.checkpoints.kill_runs import DONE, INTERRUPTED, KILLED, PATIENCE, Outcome, text_of, total_of, working_folder
from tests.checkpoints.watched_run import PRELOADED, START, Moment, PlaceFile, as_command, print_to
from tests.sweep.books import book

STEPS = (START, "censuses", "packs", "results", "checking", "reports")
PURPOSES = ("packs", None, "censuses", "packs", "results", None, "checking", "packs", START, "reports", None)
"""In which steps kills fall, in turn; None is before a file operation of any step."""
MOST_KILLS = 6
"""Of a sweep, unless more are asked for."""
FILE = """\
set: {simulation.start_year: 2025, simulation.end_year: 2025}
seeds: 2
grid: {plan.match.max_match_percentage: [0.03, 0.04]}
tables: [fct_plan_by_group]
budget: 60000
plans: book
"""
PEOPLE, PEOPLE_IN_A_PACK = 40, 80
_LONGEST_GOODBYE = 40.0
"""Seconds in which whatever a killed sweep has started must have ended."""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([*PRELOADED, "planalign_orchestrator.cli.futures"])


@dataclass(frozen=True)
class Attempt:
    """One start of a sweep and how it ends.

    Args:
        step: in which it is ended, or None for before a file operation.
        share: how much of the step, or of the operations, has passed by then.
        interrupted: Ctrl-C instead of SIGKILL.
        worker: the kill hits a worker.
        damage: what is deleted afterwards, as a pattern, or None.
    """

    step: str | None
    share: float
    interrupted: bool
    worker: bool
    damage: str | None


@dataclass(frozen=True)
class Trial:
    """The attempts of one sweep; the start after the last one is left to finish."""

    workers: int
    attempts: Sequence[Attempt]


def trials(seed: int, each: int = MOST_KILLS) -> Iterator[Trial]:
    """The trials of a seed, without end; their attempts are in the order of the steps, so that each finds its own."""
    draw = random.Random(seed)
    for number in count():
        workers = 2 if number % 3 == 2 else 1
        purposes = [PURPOSES[(number + 4 * turn) % len(PURPOSES)] for turn in range(each)]
        purposes.sort(key=lambda step: draw.random() * len(STEPS) if step is None else STEPS.index(step))
        yield Trial(workers, [_attempt(draw, step, workers) for step in purposes])


def _attempt(draw: random.Random, step: str | None, workers: int) -> Attempt:
    timed = step is not None
    return Attempt(
        step=step,
        share=draw.random(),
        interrupted=timed and draw.random() < 0.15,
        worker=step == "packs" and workers > 1 and draw.random() < 0.5,
        damage=draw.choice(("parts/*/*.parquet", "work/censuses/*.parquet")) if draw.random() < 0.25 else None,
    )


class Killer:
    """Carries out trials of one sweep.

    Args:
        base: a folder for everything.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        book(base / "book", [PEOPLE, PEOPLE])
        (base / "eight.yaml").write_text(FILE, encoding="utf-8")
        report = base / "report.json"
        process = self._start(root := base / "undisturbed", 1, None, report)
        process.join(PATIENCE)
        if process.exitcode != 0:
            raise SystemExit(f"the undisturbed sweep ended with code {process.exitcode}: {_said(root)}")
        told = json.loads(report.read_text(encoding="utf-8"))
        self.seconds, self.operations = told["seconds"], told["operations"]
        self.result = result_of(root)

    def carry_out(self, trial: Trial, root: Path) -> Outcome:
        """Start, kill and repeat a sweep as planned, then let the last start finish and look at the result."""
        outcome = Outcome()
        outcome.others["with two workers"] = int(trial.workers > 1)
        for attempt in trial.attempts:
            process = self._start(root, trial.workers, attempt)
            if attempt.step is not None:
                self._wait_until(process, root, attempt)
                while attempt.interrupted and process.is_alive() and not (root / "output").exists():
                    time.sleep(0.002)  # the program has not begun
                outcome.others["workers killed"] += self._end(process, attempt)
            process.join(PATIENCE)
            if alive := _left_alive(process):
                outcome.fault = f"outlived the sweep: {alive}"
            if process.exitcode in DONE and not attempt.worker:
                break
            step = PlaceFile(root / "place").read().place
            if process.exitcode not in (DONE if attempt.worker else INTERRUPTED if attempt.interrupted else KILLED):
                outcome.fault = f"{step}: ended with code {process.exitcode}: {_said(root)}"
            if outcome.fault:
                return outcome
            outcome.kills.append("packs" if attempt.worker else step)
            outcome.others["interrupted"] += attempt.interrupted
            if attempt.damage and (there := sorted((root / "runs" / "eight").glob(attempt.damage))):
                there[int(attempt.share * len(there))].unlink()
                outcome.damages.append(f"{attempt.damage.split('/')[0]} deleted")
        process = self._start(root, trial.workers, None)
        process.join(PATIENCE)
        if process.exitcode != 0:
            outcome.fault = f"the last start ended with code {process.exitcode}: {_said(root)}"
        elif (found := result_of(root)) != self.result:
            names = [name for name in {*found, *self.result} if found.get(name) != self.result.get(name)]
            outcome.fault = f"DIFFERENT: {', '.join(sorted(names))}"
        return outcome

    def _start(self, root: Path, workers: int, attempt: Attempt | None, report: Path | None = None) -> BaseProcess:
        (root / "scratch").mkdir(parents=True, exist_ok=True)
        PlaceFile(root / "place").write(Moment(0, START))
        (root / "output").unlink(missing_ok=True)
        arguments = ["sweep", str(self.base / "eight.yaml"), "--output", str(root / "runs"), "--json"]
        operation = None
        if attempt is not None and attempt.step is None:
            # Of a sweep that goes on there are fewer left.
            operation = 1 + int(attempt.share * self.operations / (2 if (root / "runs").exists() else 1))
        given = ([*arguments, "--workers", str(workers)], root, operation, report)
        process = _CONTEXT.Process(target=sweep_watched, args=given)
        process.start()
        return process

    def _wait_until(self, process: BaseProcess, root: Path, attempt: Attempt) -> None:
        """Wait until a sweep has been in a step for some time; not longer than the step lasts this time."""
        place, step = PlaceFile(root / "place"), STEPS.index(attempt.step or START)
        entered, deadline = 0.0, time.monotonic() + PATIENCE
        while process.is_alive() and time.monotonic() < deadline:
            now = STEPS.index(place.read().place)
            if now > step:
                return
            if now == step:
                entered = entered or time.monotonic()
                if time.monotonic() - entered >= attempt.share * self.seconds[STEPS[step]]:
                    return
            time.sleep(0.002)

    def _end(self, process: BaseProcess, attempt: Attempt) -> int:
        """End a sweep, or one of its workers; returns how many of those."""
        if attempt.worker:
            for worker in _workers(process)[-1:]:
                worker.kill()
                return 1
        elif process.is_alive():
            os.kill(process.pid or 0, signal.SIGINT if attempt.interrupted else signal.SIGKILL)
        return 0


def _workers(process: BaseProcess) -> list[psutil.Process]:
    try:
        children = psutil.Process(process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def _left_alive(process: BaseProcess) -> list[str]:
    """What a sweep has started and is still there when it has long ended."""
    deadline = time.monotonic() + _LONGEST_GOODBYE
    while (alive := _of_session(process.pid or 0)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _of_session(session: int) -> list[str]:
    found = []
    for one in psutil.process_iter():
        try:
            if os.getsid(one.pid) == session and one.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(one.cmdline())[:200])
        except (OSError, psutil.Error):  # it has just ended
            continue
    return found


def _said(root: Path) -> str:
    return (root / "output").read_text(encoding="utf-8", errors="replace").strip()[-1500:]


def result_of(root: Path) -> dict[str, Any]:
    """Everything that a repeated sweep must have like an undisturbed one, and what is left that should not be."""
    folder = root / "runs" / "eight"
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".parquet", ".yaml", ".html")]
    found: dict[str, Any] = {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(str(root).encode(), b"")
        for path in files
        if path.relative_to(folder).parts[0] != "parts"  # which cells share one is another matter after a kill
    }
    told = json.loads((root / "output").read_text(encoding="utf-8"))
    found["told"] = {name: value for name, value in told.items() if name != "simulated"}
    found["workbook"] = (folder / "sweep.xlsx").is_file()
    found["left"] = [path.name for path in folder.rglob("*.tmp")] + [path.name for path in (root / "scratch").iterdir()]
    return found | {"censuses left": (folder / "work").exists()}


def sweep_watched(arguments: Sequence[str], root: Path, operation: int | None, report: Path | None) -> None:
    """In a process and session of its own: run the command line and end with its exit code.

    Args:
        arguments: of ``planalign``.
        root: gets the file that says in which step it is, what it prints, and its temporary files.
        operation: the file operation before which it kills itself.
        report: where the seconds of the steps and the number of operations go when the command ends.
    """
    as_command(arguments)
    from planalign_orchestrator.cli import futures, main
    from planalign_orchestrator.reports import spreadsheet
    from planalign_orchestrator.sweep import sweeping
    from tests.operations import observing

    os.setsid()
    os.environ["TMPDIR"] = tempfile.tempdir = str(root / "scratch")
    place, seconds, operations = PlaceFile(root / "place"), Counter[str](), count(1)
    now, entered = START, time.perf_counter()

    def enter(step: str) -> None:
        nonlocal now, entered
        seconds[now] += time.perf_counter() - entered  # type: ignore[assignment]
        now, entered = step, time.perf_counter()
        place.write(Moment(0, step))

    @contextmanager
    def showing(*, silent: bool) -> Iterator[Any]:
        yield lambda standing: enter(standing.doing.split()[0])

    def write_page_files(*given: Any) -> object:
        enter("reports")
        return spreadsheet.write_page_files(*given)

    def on_operation(name: str, path: str) -> None:
        if next(operations) == operation:
            os.kill(os.getpid(), signal.SIGKILL)

    with (
        patch.object(sweeping, "LARGEST_PACK", PEOPLE_IN_A_PACK),
        patch.object(futures, "showing", showing),
        patch.object(futures, "write_page_files", write_page_files),
        observing(on_operation),
    ):
        try:
            print_to(root / "output")
            main(list(arguments))
        finally:
            enter(now)
            if report is not None:
                report.write_text(json.dumps({"seconds": seconds, "operations": next(operations)}), encoding="utf-8")


def carry_out(kills: int, seed: int, each: int, base: Path) -> list[Outcome]:
    """Carry out trials until so many kills have fallen, and print a line about each."""
    killer, outcomes, planned = Killer(base), list[Outcome](), enumerate(trials(seed, each), start=1)
    while sum(len(outcome.kills) for outcome in outcomes) < kills:
        number, trial = next(planned)
        outcomes.append(outcome := killer.carry_out(trial, root := base / f"trial_{number}"))
        if not outcome.fault:
            shutil.rmtree(root)
        what = "; ".join(filter(None, [", ".join(outcome.kills) or "not killed", ", ".join(outcome.damages)]))
        print(f"{number:4} {outcome.fault or 'equal'}; {what}", flush=True)
    return outcomes


def main() -> int:
    """Kill sweeps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, help="how many kills must fall")
    parser.add_argument("seed", type=int, help="the same seed plans the same kills")
    parser.add_argument("--each", type=int, default=MOST_KILLS, help="most kills of one sweep")
    parser.add_argument("--json", action="store_true", help="print the total as JSON")
    parser.add_argument("--folder", type=Path, help="where to work; failed trials stay there")
    given = parser.parse_args()
    with working_folder(given.folder) as base:
        outcomes = carry_out(given.kills, given.seed, given.each, base)
    total = total_of(outcomes, STEPS)
    print(json.dumps({"seed": given.seed, **total}) if given.json else text_of(total))
    return 0 if total["equal"] == total["runs"] else 1


if __name__ == "__main__":
    sys.exit(main())
