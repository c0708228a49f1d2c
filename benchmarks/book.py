"""A book of plans in one sweep: processor time, memory and results, against the reference computation.

    python benchmarks/book.py 1000 --largest 200
    python benchmarks/book.py 10000 --smallest 20 --largest 202 --workers 2

Each plan has a synthetic census of its own; sizes are spread evenly. CPU seconds are those of the whole command with
its workers and its check by ordinary runs. ``benchmarks/bench.py book:100x5`` watches over a book beside other sizes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbors

from benchmarks.reference import reference_seconds
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.measurement.cases import FIRST_YEAR, Case

SMALLEST, LARGEST = 2, 200
"""People of a plan."""


@dataclass(frozen=True)
class Book(Case):
    """A book of plans as a case among others; ``employees`` are those of all of them together.

    Args:
        plans: how many.
    """

    plans: int = 0

    @classmethod
    def of(cls, plans: int, years: int) -> Book:
        """So many plans of the usual sizes."""
        return cls(sum(_sizes(plans, SMALLEST, LARGEST)), years, plans=plans)

    def __str__(self) -> str:
        return f"{self.plans} plans x {self.years}"

    def made_in(self, folder: Path) -> Path:
        """The file of the sweep, beside the folder of plans that it names."""
        place = folder / f"book_{self.plans}"
        if not place.exists():
            make(place / "plans", self.plans, SMALLEST, LARGEST)
        return sweep_file(place, self.years)

    def flags(self, census: Path) -> list[str]:
        """The command that sweeps it."""
        return ["sweep", str(census), "--quiet"]


def main() -> None:
    """Make the book, sweep it, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", type=int)
    parser.add_argument("--smallest", type=int, default=SMALLEST)
    parser.add_argument("--largest", type=int, default=LARGEST)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-book-") as name:
        folder = Path(name)
        people = make(folder / "plans", given.plans, given.smallest, given.largest)
        book = str(sweep_file(folder, given.years))
        command = isolated("planalign_orchestrator", "sweep", book, "--quiet", "--workers", str(given.workers))
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
    sizes = _sizes(plans, smallest, largest)
    for number, people in enumerate(sizes, start=1):
        place = folder / f"plan{number:05}"
        place.mkdir(parents=True)
        generate_census(place / "census.csv", employees=people, seed=number, as_of=dt.date(FIRST_YEAR - 1, 12, 31))
    return sum(sizes)


def sweep_file(folder: Path, years: int) -> Path:
    """The file that sweeps the plans beside it."""
    path, last = folder / "book.yaml", FIRST_YEAR + years - 1
    path.write_text(f"set: {{simulation.start_year: {FIRST_YEAR}, simulation.end_year: {last}}}\nplans: plans\n")
    return path


def _sizes(plans: int, smallest: int, largest: int) -> list[int]:
    return [smallest + number * (largest - smallest + 1) // plans for number in range(plans)]


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
