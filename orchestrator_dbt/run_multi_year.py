"""The entry point that the project's document names: ``planalign run`` with the same flags."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
