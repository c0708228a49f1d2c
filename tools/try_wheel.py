"""Builds the wheel, installs it alone in a new environment for each Python, simulates a year, compares the results.

    python tools/try_wheel.py 3.10 3.11 3.12 3.13

Needs uv, which finds the Pythons (or fetches them), and the package index. Nothing of the checkout is used but the
wheel: the folder that it runs in is empty. Exit code 1 when an installation or a run fails, or when two results differ.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PEOPLE = "200"
YEAR = "2025"
_DIGEST = re.compile(r"(fct_\w+) +([\d,]+) rows +([0-9a-f]+)")


def main(versions: list[str]) -> int:
    """Try each version; returns the exit code."""
    if not versions or shutil.which("uv") is None:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(prefix="planalign wheel ") as name:
        folder = Path(name)
        _run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder / "wheel"), str(CHECKOUT)], folder)
        (wheel,) = (folder / "wheel").glob("*.whl")
        found = {version: _digests_with(version, wheel, folder / f"python {version}") for version in versions}
    for version, digests in found.items():
        print(f"{version:8} {json.dumps(digests)}")
    if any(digests != found[versions[0]] for digests in found.values()):
        print("the results differ")
        return 1
    print(f"equal results from {len(found)} versions of Python")
    return 0


def _digests_with(version: str, wheel: Path, folder: Path) -> dict[str, str]:
    """Install the wheel for one version in a new folder, simulate there, and return the digests of the result."""
    environment, work = folder / "environment", folder / "work"
    work.mkdir(parents=True)
    _run(["uv", "venv", "--quiet", "--python", version, str(environment)], folder)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _run(["uv", "pip", "install", "--quiet", "--python", str(python), str(wheel)], folder)
    planalign = [str(python), "-m", "planalign_orchestrator"]
    _run([*planalign, "census", "generate", "people.csv", "--employees", PEOPLE], work)
    _run([*planalign, "run", "--census", "people.csv", "--years", YEAR, "--quiet"], work)
    listed = _run([*planalign, "status", "--digests"], work)
    print(f"{version}: {_run([str(python), '--version'], work).strip()}, installed and simulated", flush=True)
    return {name: digest for name, _, digest in _DIGEST.findall(listed)}


def _run(command: list[str], folder: Path) -> str:
    """What a command prints; its failure ends the script with what it said."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
