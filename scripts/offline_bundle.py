"""Makes a folder from which another computer installs without a network."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that a checkout works without being installed

from tools.wheelhouse.command import main

if __name__ == "__main__":
    main()
