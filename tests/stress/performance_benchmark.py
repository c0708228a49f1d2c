"""Measures whole runs, by stage and model; the same as `benchmarks/bench.py`.

python tests/stress/performance_benchmark.py 1000x5 100000x5 --repeat 3 --optimization medium
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a script, it finds the checkout

from benchmarks.bench import main

if __name__ == "__main__":
    main(sys.argv[1:])
