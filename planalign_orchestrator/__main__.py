"""``python -m planalign_orchestrator`` and ``python planalign_orchestrator`` are the ``planalign`` command."""

import sys
from pathlib import Path

if not __package__:
    # Started by its folder's path: Python then looks for imports inside the package instead of beside it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main()
