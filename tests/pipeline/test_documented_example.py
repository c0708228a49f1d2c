"""The example in docs/architecture.md runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_documented_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[2025] 5150" in done.stdout
    assert "2025 REPORTING" in done.stdout
    assert (tmp_path / "runs" / "from_python" / "simulation.duckdb").exists()
