"""A book of plans in one sweep: processor time, memory and results, against the reference computation.

    python benchmarks/book.py 1000 --largest 200
    python benchmarks/book.py 10000 --smallest 20 --largest 202 --workers 2
    python benchmarks/book.py 2000 --smallest 20 --largest 202 --workers 2 --limit-gib 1.5

Each plan has a synthetic census of its own; sizes are spread evenly. CPU seconds are those of the whole command with
its workers and its check by ordinary runs. With a limit the sweep is told that it has so much memory, and may have no
more: a control group around it and its workers judges, or where none can be made their address space, as in
``planalign stress --proof``. ``benchmarks/bench.py book:100x5`` watches over a book beside other sizes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbors

from benchmarks.reference import reference_seconds
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.measurement.cases import FIRST_YEAR, Case
from planalign_orchestrator.measurement.outside import observe
from planalign_orchestrator.memory.readings import GIB

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
    parser.add_argument("--limit-gib", type=float)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-book-") as name:
        folder = Path(name)
        people = make(folder / "plans", given.plans, given.smallest, given.largest)
        book = str(sweep_file(folder, given.years))
        command = isolated("planalign_orchestrator", "sweep", book, "--quiet", "--workers", str(given.workers))
        limit = None if given.limit_gib is None else int(given.limit_gib * GIB)
        command += [] if limit is None else ["--memory-limit-gb", str(given.limit_gib)]
        reference = reference_seconds()
        seen = observe(command, folder, memory_limit_bytes=limit)
        bytes_left = sum(path.stat().st_size for path in (folder / "runs" / "book").glob("*") if path.is_file())
        within = f" within {given.limit_gib:g} GiB," if limit else ""
        print(
            f"{given.plans:,} plans, {people:,} people, {given.years} years: {seen.cpu_seconds:.1f} s of CPU"
            f" ({seen.cpu_seconds / reference:.0f} times the reference), {seen.seconds:.0f} s, {seen.peak_mb:.0f} MiB"
            f" ({seen.group_peak_mb or seen.peak_mb:.0f} says the {seen.judge}),{within}"
            f" {bytes_left / 1e6:.1f} MB of results, exit code {seen.exit_code} {seen.said}"
        )
        sys.exit(seen.exit_code)


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


if __name__ == "__main__":
    main()
