"""pip as a process of its own, whose words are read whatever the console's encoding."""

import os
import subprocess
from collections.abc import Sequence

from planalign_orchestrator.child_process import isolated


def run_pip(arguments: Sequence[str], *, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run pip and read what it says.

    pip is asked for UTF-8: on Windows a process that writes into a pipe uses the ANSI code page. What pip passes on
    from other programs may be in any encoding; bytes that are not UTF-8 become U+FFFD.

    Args:
        arguments: of pip.
        timeout: seconds.

    Raises:
        OSError: the interpreter cannot be started.
        subprocess.TimeoutExpired: it took longer.
    """
    return subprocess.run(
        isolated("pip", *arguments),
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
