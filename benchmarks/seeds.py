"""Many seeds in one sweep against as many ordinary runs that leave a result and nothing else, one after the other.

    python benchmarks/seeds.py 100000 --seeds 20

CPU seconds are those of whole commands; the sweep's are with its check by an ordinary run, and said without it too.
Sweep and runs take turns (half of the runs before it), so that a machine that others use too slows both alike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbors

from planalign_orchestrator.child_process import isolated
from planalign_orchestrator.measurement.cases import FIRST_YEAR, Case
from planalign_orchestrator.measurement.outside import observe

_RESULT_ONLY = "reporting: {formats: []}\nmulti_year: {state: {enable_checkpointing: false}}\n"


def main() -> None:
    """Measure both, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("employees", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--years", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-seeds-") as name:
        folder = Path(name)
        census = Case(given.employees, given.years).made_in(folder)
        last = FIRST_YEAR + given.years - 1
        settings = f"{{census.path: {census}, simulation.start_year: {FIRST_YEAR}, simulation.end_year: {last}}}"
        (folder / "seeds.yaml").write_text(
            f"set: {settings}\nseeds: [{', '.join(map(str, range(1, given.seeds + 1)))}]\n"
        )
        (folder / "result_only.yaml").write_text(_RESULT_ONLY)
        run = ["run", "--config", "result_only.yaml", "--census", str(census), "--years", f"{FIRST_YEAR}-{last}"]
        before = given.seeds // 2
        runs = [_seconds(folder, *run, "--seed", str(seed)) for seed in range(1, before + 1)]
        sweep = _seconds(folder, "sweep", "seeds.yaml")
        runs += [_seconds(folder, *run, "--seed", str(seed)) for seed in range(before + 1, given.seeds + 1)]
        one = sum(runs) / len(runs)
        print(
            f"{given.seeds} seeds of {given.employees:,} people, {given.years} years: the sweep {sweep:.1f} s of CPU,"
            f" {given.seeds} runs {sum(runs):.1f} s: {sweep / sum(runs):.2f}; without the check about"
            f" {(sweep - one) / sum(runs):.2f}"
        )


def _seconds(folder: Path, *words: str) -> float:
    seen = observe(isolated("planalign_orchestrator", *words, "--quiet"), folder)
    if seen.exit_code:
        raise SystemExit(f"{words[0]} ended with {seen.exit_code}: {seen.said}")
    return seen.cpu_seconds


if __name__ == "__main__":
    main()
