"""The browser that is installed, if there is one: it prints a page to PDF without a window and without a request."""

import os
import shutil
import subprocess
from pathlib import Path

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import written_whole

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_ELSEWHERE = (
    "Microsoft/Edge/Application/msedge.exe", "Google/Chrome/Application/chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)  # fmt: skip
"""Where installers put them that do not add them to the path; the first two below Program Files."""
_PATIENCE = 120


def installed_browser() -> Path | None:
    """Chromium, Chrome or Edge, whichever is found first."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found:
        return Path(found)
    roots = [Path(os.environ[name]) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)") if name in os.environ]
    places = [root / name for name in _ELSEWHERE for root in (roots or [Path("/")])]
    return next((place for place in places if place.is_file()), None)


def print_page(page: Path, path: Path) -> Path:
    """Print a page to PDF, whole or not at all; what stands at ``path`` is replaced.

    Raises:
        ResultsError: there is no browser, or it fails.
    """
    with written_whole(path) as temporary:
        run_browser("--no-pdf-header-footer", f"--print-to-pdf={temporary}", page.resolve().as_uri())
    return path


def run_browser(*arguments: str) -> str:
    """Start the installed browser without a window, wait for it, and return what it prints.

    Args:
        arguments: its switches, and the address of a page.

    Raises:
        ResultsError: there is none, or it ends with an error.
    """
    browser, by_hand = installed_browser(), "Print report.html to PDF by hand."
    if browser is None:
        raise ResultsError.told("no browser")
    with scratch_folder() as profile:
        quietly = ("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        switches = [*quietly, f"--user-data-dir={profile}"]
        # As root, which only containers are, Chromium refuses its sandbox; the page holds nothing but our own text.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            switches.append("--no-sandbox")
        command = [str(browser), *switches, *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ResultsError(f"{browser} does not answer: {error}", remedy=by_hand) from None
    if done.returncode:
        raise ResultsError(f"{browser} ended with exit code {done.returncode}", remedy=by_hand)
    return done.stdout
