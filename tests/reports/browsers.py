"""Pages in the installed browser, without a window: what a script of the test finds in them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.reports.rebuilding import installed_browser, run_browser

needs_browser = pytest.mark.skipif(installed_browser() is None, reason="no Chromium, Chrome or Edge is installed")
LIGHT, DARK = "--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"


def dom_of(text: str, folder: Path, *switches: str) -> str:
    """A page as it stands after its scripts have run."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return run_browser("--virtual-time-budget=20000", *switches, "--dump-dom", path.as_uri())


def found_in(text: str, script: str, folder: Path, *switches: str) -> Any:
    """What a script finds in a page: it is added to the page, whose policy is lifted, and awaits ``found(value)``."""
    answer = "const found = (it) => { document.body.dataset.found = JSON.stringify(it); };"
    without_policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    page = without_policy.replace("</body>", f"<script>{answer}{script}</script></body>")
    (said,) = re.findall(r'<body[^>]* data-found="([^"]*)"', dom_of(page, folder, *switches))
    return json.loads(unescape(said))
