"""Kill real runs at random instants, resume them, and compare the results with an undisturbed run.

    python tests/checkpoints/kill_runs.py COUNT SEED [--census FILE] [--years 2025-2027] [--json]

Every trial starts `planalign run` in a folder of its own, kills the process with SIGKILL after a random time, resumes,
perhaps kills again (up to four times), and lets the last resume finish. One kill in four is aimed at a named fault
point or a random file operation, so that checkpoint writing, restoring and the final rename are met as well; one in
eight is a Ctrl-C instead; one in eight comes after the process was suspended; after one in eight the database is
deleted, so that the resume restores a year copy. The same seed gives the same plan. Prints a line a trial and a total;
exit code 1 if any result differs or any resume fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from planalign_orchestrator.checkpoints import Journal, TableDigest, table_digests
from planalign_orchestrator.durable import FAULT_POINTS
from planalign_orchestrator.run_folder import RunFolder, find_run_folders

PLANALIGN = (sys.executable, "-m", "planalign_orchestrator")
OBSERVED = """
import json, os, pathlib, sys
from planalign_orchestrator import durable
from planalign_orchestrator.cli import main
target, report, arguments = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
points, operations = [], 0
def observe(operation, name):
    global operations
    if operation == 'fault_point':
        points.append(name)
    else:
        operations += 1
    if target in (points[-1:] if operation == 'fault_point' else [str(operations)]):
        os.kill(os.getpid(), 9)
try:
    with durable.observing(observe):
        main(arguments)
finally:
    report.write_text(json.dumps({'points': points, 'operations': operations}))
"""
"""Runs the command line, kills its own process at a fault point or at the nth file operation, or reports them all."""

RESTORING = sorted(point for point in FAULT_POINTS if point.startswith(("restore.", "resume.")))

STOPPED = (-signal.SIGKILL, 128 + signal.SIGKILL, -signal.SIGINT, 130)
"""Exit codes of a run that was killed or interrupted."""

PATIENCE = 600
"""Seconds after which a run counts as hanging."""


@dataclass(frozen=True)
class Attempt:
    """How one start of a run ends: after a share of the undisturbed time, or at a fault point or file operation."""

    share: float
    aim: str | None
    number: signal.Signals
    suspended: bool
    delete_database: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a trial."""

    kills: list[str] = field(default_factory=list)
    equal: bool = False
    fault: str = ""


def plan_of(draw: random.Random, points: Sequence[str], operations: int) -> list[Attempt]:
    """The kills of one trial, in a run that reaches these fault points and so many file operations."""
    plan: list[Attempt] = []
    for number in range(draw.choice((1, 1, 1, 2, 2, 3, 4))):
        lost = bool(plan) and plan[-1].delete_database
        reached = [*RESTORING, *points] if lost else points
        aims = (draw.choice(reached), str(draw.randrange(1, operations // (number + 1))))
        plan.append(
            Attempt(
                share=draw.uniform(0.02, 0.98 / (number + 1)),
                aim=draw.choice(aims) if draw.random() < (0.75 if lost else 0.25) else None,
                number=signal.SIGINT if draw.random() < 0.125 else signal.SIGKILL,
                suspended=draw.random() < 0.125,
                delete_database=draw.random() < 0.125,
            )
        )
    return plan


def trial(plan: Sequence[Attempt], command: Sequence[str], seconds: float, expected: object, root: Path) -> Outcome:
    """Start, kill and resume runs as planned, then let the last one finish."""
    kills: list[str] = []
    for number, attempt in enumerate(plan):
        arguments = [*command, "--output", str(root), *(["--resume-from-checkpoint"] if number else [])]
        if (code := start_and_kill(arguments, attempt, seconds)) not in STOPPED:
            if code != 0:
                return Outcome(kills, fault=f"a run ended with code {code} before its kill")
            break
        kills.append(where(root))
        if attempt.delete_database:
            for run in find_run_folders(root):
                run.partial_database.unlink(missing_ok=True)
    last = run_to_end([*command, "--output", str(root), "--resume-from-checkpoint"])
    if last.returncode != 0:
        return Outcome(kills, fault=f"the last resume ended with code {last.returncode}: {last.stderr.strip()[-500:]}")
    return Outcome(kills, equal=result_of(root) == expected)


def start_and_kill(arguments: Sequence[str], attempt: Attempt, seconds: float) -> int:
    """Start a run and end it as the attempt says; returns its exit code."""
    if attempt.aim is not None:
        return run_observed(attempt.aim, Path(os.devnull), arguments)
    process = subprocess.Popen([*PLANALIGN, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if attempt.suspended:
            return _suspended(process, seconds * attempt.share)
        return process.wait(seconds * attempt.share)
    except subprocess.TimeoutExpired:
        process.send_signal(attempt.number)
        return process.wait(PATIENCE)


def _suspended(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Wait like ``process.wait``, but have the process sleep for a second in the middle."""
    try:
        return process.wait(seconds / 2)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        return process.wait(seconds / 2)


def run_observed(aim: str, report: Path, arguments: Sequence[str]) -> int:
    """Run the command line with an eye on its file operations; returns its exit code."""
    command = [sys.executable, "-c", OBSERVED, aim, str(report), *arguments]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode


def run_to_end(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run([*PLANALIGN, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)


def result_of(root: Path) -> dict[str, TableDigest]:
    """The digests of all result tables of the one run below a folder."""
    (run,) = find_run_folders(root)
    with duckdb.connect(str(run.database), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where table_name like 'fct_%'").fetchall()
        return table_digests(connection, sorted(name for (name,) in tables))


def where(root: Path) -> str:
    """How far a killed run had come."""
    positions = [Journal(RunFolder(run.root).journal).completed() for run in find_run_folders(root)]
    return str(positions[0]) if positions and positions[0] else "start"


def main() -> int:
    """Run the trials."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("count", type=int, help="how many runs are killed")
    parser.add_argument("seed", type=int, help="the same seed plans the same kills")
    parser.add_argument("--census", help="census file; the bundled one")
    parser.add_argument("--years", default="2025-2027", help="simulated years")
    parser.add_argument("--json", action="store_true", help="print the total as JSON")
    given = parser.parse_args()
    command = ["run", "--quiet", "--years", given.years, *(["--census", given.census] if given.census else [])]
    base = Path(tempfile.mkdtemp(prefix="kill_runs_"))
    try:
        return _trials(given, command, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _trials(given: argparse.Namespace, command: Sequence[str], base: Path) -> int:
    began = time.perf_counter()
    code = run_observed("nothing", base / "report.json", [*command, "--output", str(base / "undisturbed")])
    seconds = time.perf_counter() - began
    if code != 0:
        print(f"the undisturbed run ended with code {code}", file=sys.stderr)
        return 1
    expected = result_of(base / "undisturbed")
    report = json.loads((base / "report.json").read_text())
    draw = random.Random(given.seed)
    outcomes = []
    for number in range(1, given.count + 1):
        root = base / f"trial{number}"
        outcome = trial(plan_of(draw, report["points"], report["operations"]), command, seconds, expected, root)
        outcomes.append(outcome)
        shutil.rmtree(root, ignore_errors=True)
        verdict = "equal" if outcome.equal else outcome.fault or "DIFFERENT"
        print(f"{number:4} {verdict}; killed after: {', '.join(outcome.kills) or 'never'}", flush=True)
    equal, kills = sum(outcome.equal for outcome in outcomes), sum(len(outcome.kills) for outcome in outcomes)
    total = {"runs": len(outcomes), "kills": kills, "equal": equal, "seed": given.seed, "seconds": round(seconds, 1)}
    print(json.dumps(total) if given.json else f"{equal} of {len(outcomes)} runs equal after {kills} kills")
    return 0 if equal == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
