"""The studio as a process of its own, and the browser that looks at it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from planalign_orchestrator.reports.browser import installed_browser

CHROMIUM = installed_browser()
"""The browser, where there is one."""


class Served:
    """``planalign studio`` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "planalign_orchestrator", "studio", str(folder), "--no-browser"],
            stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        self.address = next(line.strip() for line in lines if "token=" in line)
        self.origin = self.address.partition("/?")[0]

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()
