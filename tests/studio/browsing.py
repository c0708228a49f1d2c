"""The studio as a process of its own, and the browser that looks at it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from planalign_orchestrator.reports.rebuilding import installed_browser

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


class Keys:
    """A person without a mouse: everything is reached with Tab.

    Args:
        page: of the browser.
    """

    MOST = 400
    """Presses of Tab until something is reached."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def reach(self, what: Any) -> None:
        """Go to an element.

        Raises:
            AssertionError: Tab does not lead there.
        """
        what.wait_for(state="attached")
        for _ in range(self.MOST):
            if what.evaluate("element => element === document.activeElement"):
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"{what} is not reached by Tab")

    def press(self, what: Any, key: str = "Enter") -> None:
        """Go to a link, a button or a heading that unfolds, and press a key."""
        self.reach(what)
        self._page.keyboard.press(key)

    def write(self, what: Any, text: str) -> None:
        """Go to a field, and type over what is in it, or the first letters of a choice."""
        self.reach(what)
        self._page.keyboard.type(text)

    def follow(self, name: str) -> None:
        """Go to a link and follow it."""
        self.press(self._page.get_by_role("link", name=name, exact=True).first)
