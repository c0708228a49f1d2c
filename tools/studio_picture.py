"""Draws the picture of the studio for README and docs: ``python -m tools.studio_picture``; needs Chromium.

Simulates five years of the bundled census, opens the studio on them and photographs the page of the run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.studio.browsing import CHROMIUM, Served

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "studio.png"
SIZE = {"width": 1400, "height": 930}
VIEW = "measure=employer_match&by=age_band"


def draw(folder: Path) -> None:
    """Simulate in a folder, and photograph."""
    from playwright.sync_api import sync_playwright

    run = [sys.executable, "-m", "planalign_orchestrator", "run", "--scenario", "todays_match", "--quiet"]
    subprocess.run([*run, "--output", str(folder / "runs")], check=True)
    served = Served(folder)
    try:
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, device_scale_factor=1)
            page.goto(served.address)
            page.goto(f"{served.origin}/runs/todays_match?{VIEW}")
            page.locator("#view").wait_for()
            page.locator(".where").evaluate("place => place.textContent = 'C:\\\\Plans\\\\2027'")
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        served.kill()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        draw(Path(name))
