"""Makes up a census of any size; the same as ``planalign census generate``.

python tests/stress/large_dataset_generator.py million.csv --employees 1000000 --shape ageing_manufacturer
"""

import sys

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main(["census", "generate", *sys.argv[1:]])
