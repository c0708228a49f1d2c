"""A simulation needs no network: with every way to open a connection forbidden, it finishes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FORBIDDING = """
import socket, sys

def forbidden(*arguments, **named):
    raise AssertionError(f"a connection was tried: {arguments}")

for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, forbidden)
socket.getaddrinfo = socket.create_connection = forbidden

from planalign_orchestrator.cli import main

main(sys.argv[1:])
"""


def test_a_simulation_opens_no_connection(small_census: Path, tmp_path: Path) -> None:
    arguments = ["run", "--census", str(small_census), "--years", "2025", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDING, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "baseline" / "simulation.duckdb").exists()


def test_the_guard_can_fail(tmp_path: Path) -> None:
    script = FORBIDDING.replace("main(sys.argv[1:])", "socket.create_connection(('localhost', 9))")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "a connection was tried" in done.stderr
