"""Runs made-up censuses of many sizes and judges their memory from outside; the same as ``planalign stress``.

python tests/stress/stress_test_framework.py --sizes 1000,100000 --levels low,high --years 1,5
python tests/stress/stress_test_framework.py --proof
"""

import sys

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main(["stress", *sys.argv[1:]])
