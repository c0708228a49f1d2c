"""Folders for what a command needs while it lasts; it may hold everybody's pay, so that nothing of it may stay."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = re.compile(r"\.?planalign-(?P<folder>\d+)-\w+|.+\.(?P<file>\d+)\.planalign\.tmp")
"""A folder of this module, or a file that ``durable`` writes under a temporary name; both with the process's number."""


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder that is gone when the block ends.

    Args:
        parent: where it is; None is the system's folder for such things.
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    remove_leftovers(place)
    hidden = "" if parent is None else "."
    with tempfile.TemporaryDirectory(prefix=f"{hidden}planalign-{os.getpid()}-", dir=place) as name:
        yield Path(name)


def remove_leftovers(place: Path) -> None:
    """Remove what commands that were killed have left in a folder."""
    for left in place.iterdir() if place.is_dir() else ():
        match = _OURS.fullmatch(left.name)
        if match is None or _is_alive(int(match["folder"] or match["file"])):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    import psutil  # only where something is left

    return psutil.pid_exists(process)
