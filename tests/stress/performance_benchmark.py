"""Measures whole runs, by stage and model; the same as ``planalign bench``.

python tests/stress/performance_benchmark.py 1000x5 100000x5 --repeat 3 --optimization medium
"""

import sys

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main(["bench", *sys.argv[1:]])
