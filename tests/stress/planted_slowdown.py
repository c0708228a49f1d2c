"""A run that takes 30% more processor time than it should, for `ci_stress_runner.py --program` to notice.

python tests/stress/planted_slowdown.py run [flags of `planalign run`]
"""

import sys
import time

from planalign_orchestrator.cli import main

SHARE = 0.3


def burn(seconds: float) -> None:
    """Use so much processor time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    finally:
        burn(SHARE * time.process_time())
