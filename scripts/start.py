"""Sets up an environment in ``.venv`` and runs the program or its checks in it.

    python scripts/start.py run [flags of `planalign run`]
    python scripts/start.py test [arguments for pytest]

Needs Python 3.10 or newer and pip, nothing else; a second call finds the environment ready.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CHECKS = (
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy", "planalign_orchestrator"],
)
IN_PARALLEL = ["-n", "auto", "--dist", "loadfile"]


def main(arguments: list[str]) -> int:
    """Do what the first argument says; returns the exit code."""
    wanted = arguments[0] if arguments else ""
    if wanted == "run":
        _set_up("")
        return _python(["-m", "planalign_orchestrator", "run", *arguments[1:]], Path.cwd())
    if wanted == "test":
        _set_up("[dev]")
        for check in CHECKS if len(arguments) == 1 else ():
            if code := _python(check, CHECKOUT):
                return code
        return _python(["-m", "pytest", *(arguments[1:] or IN_PARALLEL)], CHECKOUT)
    print(__doc__)
    return 2


def _set_up(extras: str) -> None:
    """Install the checkout into the environment, unless this was done since the dependencies last changed."""
    stamp = ENVIRONMENT / f"installed{extras}.txt"
    state = hashlib.sha256((CHECKOUT / "pyproject.toml").read_bytes() + str(CHECKOUT).encode()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == state:
        return
    print(f"setting up {ENVIRONMENT} (once, a minute or so)", flush=True)
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    if _python(["-m", "pip", "install", "--quiet", "--editable", f".{extras}"], CHECKOUT):
        sys.exit("the installation failed; behind a firewall see docs/it-administrators.md")
    stamp.write_text(state)


def _python(arguments: list[str], folder: Path) -> int:
    return subprocess.call([str(PYTHON), *arguments], cwd=folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
