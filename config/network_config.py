"""Shows the network settings in force and where each comes from; wrong ones are told, with the exit code 2.

    python config/network_config.py [CONFIGURATION FILE]

The settings are typed in ``planalign_orchestrator/config/network.py``; a file for administrators to start from is
``config/corporate_network_template.yaml``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that a checkout works without being installed

from planalign_orchestrator.cli import show_error
from planalign_orchestrator.config.loading import find_config_file, load_settings
from planalign_orchestrator.errors import PlanAlignError


def main(arguments: list[str]) -> int:
    """Print the section; returns the exit code."""
    try:
        file = find_config_file(Path(arguments[0]) if arguments else None)
        effective = load_settings(config_file=file, scenario_file=None, environ=os.environ, flags={})
    except PlanAlignError as error:
        show_error(error)
        return error.exit_code
    for setting in effective.listing():
        if setting.key.startswith("network."):
            print(f"{setting.key}: {setting.value}    ({setting.source})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
