"""Sets up an environment in ``.venv`` and runs the program or its checks in it.

    python scripts/start.py run [flags of `planalign run`]
    python scripts/start.py test [arguments for pytest]
    python scripts/start.py fast
    python scripts/start.py check
    python scripts/start.py coverage [arguments for pytest]

`test` runs the checks of the code, then all fast tests and a share of the slow ones; with arguments all of the tests
that pytest understands by them.
`fast` runs the tests below tests/unit that are not marked slow, for every time something was changed.
`check` runs the checks of the code and, which takes another minute, sqlfluff on the models.
`coverage` runs all tests, or those of the arguments, and shows which lines of the package they did not reach.

Needs Python 3.10 or newer and pip, nothing else; a second call finds the environment ready.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CHECKS = (
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy", "planalign_orchestrator"],
)
SQL_CHECK = ["-m", "sqlfluff", "lint", "--processes", "2", "dbt/models"]
LOCK = CHECKOUT / "requirements-ci.txt"
"""What the checks run with, pinned by hash."""
CONSTRAINTS = CHECKOUT / "constraints.txt"
"""The same versions without hashes, for everybody who wants what has been tested."""
IN_PARALLEL = ["-n", "auto", "--dist", "loadfile", "--max-worker-restart", "0"]
"""What hangs or crashes a worker is not tried again in another, so that the name of the test is soon told."""
A_SHARE = ["--share", "6"]
"""Of the slow tests one in six, always the same: all of them take too long for every change."""
FAST = ["tests/unit", "-m", "not slow and not nightly", "-n", "2", "--dist", "worksteal"]
COVERAGE = ["--cov", "--cov-report", "term-missing"]


def main(arguments: list[str]) -> int:
    """Do what the first argument says; returns the exit code."""
    wanted = arguments[0] if arguments else ""
    if wanted == "run":
        _set_up("[dbt]")
        # Not `python -m`: that would import what lies in the working folder.
        return subprocess.call([str(PYTHON.with_name(f"planalign{PYTHON.suffix}")), "run", *arguments[1:]])
    if wanted == "test":
        _set_up("[dev]")
        if len(arguments) == 1 and (code := _first_failure(CHECKS)):
            return code
        return _python(["-m", "pytest", *(arguments[1:] or [*IN_PARALLEL, *A_SHARE])], CHECKOUT)
    if wanted == "fast":
        _set_up("[dev]")
        return _python(["-m", "pytest", *FAST, *arguments[1:]], CHECKOUT)
    if wanted == "coverage":
        _set_up("[dev]")
        return _python(["-m", "pytest", *(arguments[1:] or IN_PARALLEL), *COVERAGE], CHECKOUT)
    if wanted == "check":
        _set_up("[dev]")
        return _first_failure([*CHECKS, SQL_CHECK])
    print(__doc__)
    return 2


def _first_failure(checks: Iterable[list[str]]) -> int:
    return next((code for check in checks if (code := _python(check, CHECKOUT))), 0)


def _set_up(extras: str) -> None:
    """Install the checkout into the environment, unless this was done since the dependencies last changed."""
    stamp = ENVIRONMENT / f"installed{extras}.txt"
    decisive = b"".join(path.read_bytes() for path in (CHECKOUT / "pyproject.toml", LOCK, CONSTRAINTS))
    state = hashlib.sha256(decisive + str(CHECKOUT).encode()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == state:
        return
    print(f"setting up {ENVIRONMENT} (once, a minute or so)", flush=True)
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # What Python brings along is as old as Python is.
    steps = [[*pip, "--upgrade", "pip", *(["setuptools"] if sys.version_info < (3, 12) else [])]]
    if extras != "[dev]":
        steps += [[*pip, "--constraint", str(CONSTRAINTS), "--editable", f".{extras}"]]
    else:  # the lock is whole: pip need not look for more, and older ones stumble over extras in it
        steps += [[*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)], [*pip, "--no-deps", "--editable", "."]]
    if _first_failure(steps):
        sys.exit("the installation failed; behind a firewall see docs/it-administrators.md")
    stamp.write_text(state)


def _python(arguments: list[str], folder: Path) -> int:
    return subprocess.call([str(PYTHON), *arguments], cwd=folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
