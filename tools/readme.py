"""Makes the sample and the picture of README.md anew, in a source checkout with Chromium, Chrome or Edge.

``python -m tools.readme`` simulates the bundled census and writes both; tests say when one of them is stale.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from planalign_orchestrator.reports.rebuilding import run_browser

ROOT = Path(__file__).resolve().parents[1]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "images" / "report.png"
_SAMPLE = re.compile(r"(?<=\n\n)    Baseline: .*?\n(?=\n)", re.DOTALL)
_MARK = re.compile(r"(?<=<!-- pictured: ).*?(?= -->)")


def pictured() -> list[str]:
    """The headline figures that the picture shows, as README.md notes them."""
    return str(_MARK.findall(README.read_text(encoding="utf-8"))[0]).split("; ")


def sample_of(text: str) -> str:
    """The sample in the text of README.md."""
    return str(_SAMPLE.findall(text)[0])


def main() -> None:
    """Write both."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "planalign_orchestrator", "run", "--output", folder]
        environment = {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=True)
        table = done.stdout[done.stdout.index("Baseline: ") : done.stdout.rindex("┘") + 1]
        sample = "".join(f"    {line.rstrip()}\n" for line in table.splitlines())
        page = Path(folder) / "baseline" / "reports" / "report.html"
        switches = ["--hide-scrollbars", "--window-size=1040,608", "--blink-settings=preferredColorScheme=1"]
        figures = re.findall(r'<span class="figure"><data[^>]*>([^<]*)<', page.read_text(encoding="utf-8"))
        run_browser(*switches, f"--screenshot={PICTURE}", page.as_uri())
    text = README.read_text(encoding="utf-8")
    text = _MARK.sub("; ".join(figures), text.replace(sample_of(text), sample))
    README.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {README} and {PICTURE}")


if __name__ == "__main__":
    main()
