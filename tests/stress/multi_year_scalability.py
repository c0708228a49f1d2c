"""Measures how time and memory grow with the number of years: `benchmarks/bench.py` over 1, 2, 5 and 10 of them.

python tests/stress/multi_year_scalability.py [EMPLOYEES] [flags of benchmarks/bench.py]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a script, it finds the checkout

from benchmarks.bench import main

YEARS = (1, 2, 5, 10)


def arguments(given: list[str]) -> list[str]:
    """The command for a number of employees, 10 000 unless the first argument says otherwise."""
    employees, rest = (given[0], given[1:]) if given and given[0].isdigit() else ("10000", given)
    return [*(f"{employees}x{years}" for years in YEARS), *rest]


if __name__ == "__main__":
    main(arguments(sys.argv[1:]))
