"""What checkpoints cost: their share of a run, the time until a resumed run goes on, their size by level.

    python benchmarks/checkpoints.py overhead 100000x5
    python benchmarks/checkpoints.py resume 100000x5
    python benchmarks/checkpoints.py size 100000x3

Sizes are employees x years. CPU seconds are those of the process, with all its threads; wall seconds of a resume count
from the start of its process to the first stage that it builds, the interpreter's start included.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.year_copy import compressed, decompressed

FIRST = 2025

TIMED = """
import functools, json, sys, time
from planalign_orchestrator.run import pipeline
from planalign_orchestrator.storage import journal, year_copy
from planalign_orchestrator.cli import main
spent = {}
def timed(owner, name, title):
    function = getattr(owner, name)
    @functools.wraps(function)
    def measured(*arguments, **named):
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            before = spent.get(title, (0, 0, 0))
            now = (1, time.perf_counter() - wall, time.process_time() - cpu)
            spent[title] = tuple(a + b for a, b in zip(before, now))
    setattr(owner, name, measured)
timed(journal.StageContent, 'read', 'digests')
timed(journal.Journal, 'record', 'journal')
timed(pipeline, 'carry_out', 'opening')
timed(year_copy, 'make_copy', 'year copies')
began = time.perf_counter()
try:
    main(sys.argv[1:])
finally:
    print(json.dumps({'total': (1, time.perf_counter() - began, time.process_time()), **spent}))
"""
"""Runs the command line and prints calls, wall and CPU seconds of what checkpoints add to it."""

STOPPED = """
import os, sys, time
from planalign_orchestrator.run import pipeline
from planalign_orchestrator.cli import main
last = int(sys.argv[1])
def stop(context):
    if context.year > last:
        print(time.process_time(), flush=True)
        os._exit(0)
class Stopping(pipeline.PipelineOrchestrator):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.add_stage_hook('pre_stage', stop)
pipeline.PipelineOrchestrator = Stopping
main(sys.argv[2:])
"""
"""Runs the command line and leaves it at once, without cleaning up, before the first stage after a given year."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("overhead", "resume", "size"))
    parser.add_argument("size", help="employees x years, as 100000x5")
    parser.add_argument("--flags", default="", help="further flags of `planalign run`, as one text")
    arguments = parser.parse_args()
    employees, years = map(int, arguments.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="planalign-checkpoints-") as name:
        folder = Path(name)
        census = folder / "census.csv"
        generate_census(census, employees=employees, seed=1, as_of=dt.date(FIRST - 1, 12, 31))
        flags = ["run", "--quiet", "--census", str(census), "--years", f"{FIRST}-{FIRST + years - 1}"]
        flags += ["--output", str(folder / "runs"), *arguments.flags.split()]
        if arguments.what == "overhead":
            overhead(flags)
        elif arguments.what == "resume":
            resume(flags, RunFolder(folder / "runs" / "baseline"), years)
        else:
            size(flags, RunFolder(folder / "runs" / "baseline"), employees, years)


def overhead(flags: Sequence[str]) -> None:
    """The share of a run that digests, journal and year copies take."""
    _python(STOPPED, "0", *flags)  # dbt parses the project for the first run in a folder, not for every run
    spent = json.loads(_python(TIMED, *flags).splitlines()[-1])
    _, wall, cpu = spent.pop("total")
    for title, (calls, seconds, used) in spent.items():
        print(
            f"{title:12} {calls:4} calls, {seconds:6.2f} s, {used:6.2f} s of CPU:"
            f" {100 * seconds / wall:.1f}% of the time, {100 * used / cpu:.1f}% of the CPU"
        )
    seconds, used = (sum(part[number] for part in spent.values()) for number in (1, 2))
    print(
        f"together {seconds:.2f} of {wall:.2f} s ({100 * seconds / wall:.1f}%), "
        f"{used:.2f} of {cpu:.2f} s of CPU ({100 * used / cpu:.1f}%)"
    )


def resume(flags: Sequence[str], run: RunFolder, years: int) -> None:
    """The time from the start of a resumed run to its first stage, after the end of each year."""
    _python(STOPPED, str(FIRST), *flags)
    again = [*flags, "--resume-from-checkpoint"]
    for year in range(FIRST, FIRST + years - 1):
        sound = _timed(STOPPED, "0", *again)
        run.partial_database.unlink()
        restored = _timed(STOPPED, "0", *again)
        print(f"after {year}: {sound}; with the database lost: {restored}", flush=True)
        _python(STOPPED, str(year + 1), *again)
    _python(STOPPED, "9999", *again)
    print(f"when nothing is left to do: {_timed(STOPPED, '9999', *again)}")


def size(flags: Sequence[str], run: RunFolder, employees: int, years: int) -> None:
    """The size of the last year's checkpoint at each level, and the CPU time to write and to unpack it."""
    _python(STOPPED, "9999", *flags)
    copy = run.checkpoints / f"year_{FIRST + years - 1}.duckdb"
    _print_size("none", copy.stat().st_size, employees, "")
    for level in range(1, 10):
        packed = run.root / "packed.zst"
        began = time.process_time()
        with packed.open("wb") as file:
            for chunk in compressed(copy, level):
                file.write(chunk)
        written = time.process_time()
        unpacked = sum(len(chunk) for chunk in decompressed(packed))
        assert unpacked == copy.stat().st_size
        spent = f", {written - began:.2f} s to write, {time.process_time() - written:.2f} s to unpack"
        _print_size(str(level), packed.stat().st_size, employees, spent)


def _print_size(level: str, size: int, employees: int, more: str) -> None:
    per_100000 = size / employees * 100_000
    print(f"level {level}: {size / 1e6:.1f} MB, {per_100000 / 1e6:.1f} MB for 100 000 employees{more}", flush=True)


def _timed(script: str, *arguments: str) -> str:
    began = time.perf_counter()
    printed = _python(script, *arguments).split()
    cpu = f", {float(printed[-1]):.1f} s of CPU" if printed else ""
    return f"{time.perf_counter() - began:.1f} s{cpu}"


def _python(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()
