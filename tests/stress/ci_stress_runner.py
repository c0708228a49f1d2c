"""Compares a quick profile with the committed baseline: `benchmarks/bench.py --compare`; exit code 1 when it is slower.

python tests/stress/ci_stress_runner.py [flags of benchmarks/bench.py]
python tests/stress/ci_stress_runner.py --program "python tests/stress/planted_slowdown.py"   # must be noticed
python tests/stress/ci_stress_runner.py --repeat 10 --output tests/stress/baseline.json       # a new baseline
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a script, it finds the checkout

from benchmarks.bench import main

QUICK = ("1000x1", "10000x1", "book:100x5")
BASELINE = Path(__file__).with_name("baseline.json")


def arguments(given: list[str]) -> list[str]:
    """The command: a baseline that is to be written is not compared with the one before."""
    compare = [] if "--output" in given else ["--compare", str(BASELINE)]
    return [*QUICK, *compare, *given]


if __name__ == "__main__":
    main(arguments(sys.argv[1:]))
