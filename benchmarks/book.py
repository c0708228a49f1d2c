"""A book of plans in one sweep: processor time, memory and results, against the reference computation.

    python benchmarks/book.py 1000 --largest 200
    python benchmarks/book.py 10000 --smallest 20 --largest 202 --workers 2

Each plan has a synthetic census of its own; sizes are spread evenly. CPU seconds are those of the whole command with
its workers and its check by ordinary runs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbors

from benchmarks.reference import reference_seconds
from planalign_orchestrator.census import generate_census
from planalign_orchestrator.child_process import isolated

FIRST = 2025


def main() -> None:
    """Make the book, sweep it, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", type=int)
    parser.add_argument("--smallest", type=int, default=2)
    parser.add_argument("--largest", type=int, default=200)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-book-") as name:
        folder = Path(name)
        people = make(folder / "plans", given.plans, given.smallest, given.largest)
        (folder / "book.yaml").write_text(
            f"set: {{simulation.start_year: {FIRST}, simulation.end_year: {FIRST + given.years - 1}}}\nplans: plans\n"
        )
        command = isolated("planalign_orchestrator", "sweep", "book.yaml", "--quiet", "--workers", str(given.workers))
        reference, began = reference_seconds(), time.monotonic()
        cpu, peak, code = watched(command, folder)
        bytes_left = sum(path.stat().st_size for path in (folder / "runs" / "book").glob("*") if path.is_file())
        print(
            f"{given.plans:,} plans, {people:,} people, {given.years} years: {cpu:.1f} s of CPU"
            f" ({cpu / reference:.0f} times the reference), {time.monotonic() - began:.0f} s, {peak >> 20} MiB,"
            f" {bytes_left / 1e6:.1f} MB of results, exit code {code}"
        )
        sys.exit(code)


def make(folder: Path, plans: int, smallest: int, largest: int) -> int:
    """A folder with a census for each plan; returns the people of all."""
    everybody = 0
    for number in range(plans):
        people = smallest + number * (largest - smallest + 1) // plans
        place = folder / f"plan{number + 1:05}"
        place.mkdir(parents=True)
        generate_census(place / "census.csv", employees=people, seed=number + 1, as_of=dt.date(FIRST - 1, 12, 31))
        everybody += people
    return everybody


def watched(command: list[str], folder: Path) -> tuple[float, int, int]:
    """Run a command; the CPU seconds and the peak memory of it and its children, and its exit code."""
    cpu: dict[tuple[int, float], float] = {}
    peak = 0
    process = psutil.Popen(command, cwd=folder)
    while process.poll() is None:
        held = 0
        for one in [process, *_children(process)]:
            try:
                times = one.cpu_times()
                cpu[one.pid, one.create_time()] = times.user + times.system
                held += one.memory_info().rss
            except psutil.Error:  # it has just ended
                continue
        peak = max(peak, held)
        time.sleep(0.05)
    return sum(cpu.values()), peak, int(process.returncode)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


if __name__ == "__main__":
    main()
