"""Watches a running simulation or shows the memory of a finished one; the same as ``planalign memory``.

python scripts/memory_monitor_cli.py monitor [--pid PID]
python scripts/memory_monitor_cli.py report RUN_FOLDER
"""

import sys

from planalign_orchestrator.cli import main

if __name__ == "__main__":
    main(["memory", *sys.argv[1:]])
