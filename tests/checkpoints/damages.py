"""What can happen to the files of a run between two starts, each a function of a run folder and a share.

The share (0 to 1) says where in a file; the function returns whether there was something to damage.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from planalign_orchestrator.run.folder import RunFolder

Damage = Callable[[RunFolder, float], bool]


def delete(path: Path | None) -> bool:
    """Delete a file."""
    if path is None or not path.exists():
        return False
    path.unlink()
    return True


def cut(path: Path | None, share: float) -> bool:
    """Keep only the first part of a file."""
    if not _holds_something(path):
        return False
    assert path is not None
    os.truncate(path, int(path.stat().st_size * share))
    return True


def flip(path: Path | None, share: float) -> bool:
    """Flip one bit of a file."""
    if not _holds_something(path):
        return False
    assert path is not None
    with path.open("r+b") as file:
        place = int(path.stat().st_size * min(share, 0.999999))
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << place % 8]))
    return True


def set_the_clock_back(folder: RunFolder, share: float) -> bool:
    """Every file there is comes from the future, as after a clock that was set back."""
    future = time.time() + 86_400 * (1 + share * 365)
    paths = [path for path in folder.root.parent.rglob("*") if path.is_file()]
    for path in paths:
        os.utime(path, (future, future))
    return bool(paths)


def _holds_something(path: Path | None) -> bool:
    return path is not None and path.exists() and path.stat().st_size > 0


def _log(folder: RunFolder) -> Path:
    return folder.partial_database.with_name(folder.partial_database.name + ".wal")


def _newest(folder: RunFolder, *patterns: str) -> Path | None:
    found = [path for pattern in patterns for path in folder.checkpoints.glob(pattern)]
    return max(found, key=lambda path: path.name, default=None)


def _copy(folder: RunFolder) -> Path | None:
    return _newest(folder, "year_*.duckdb", "year_*.duckdb.zst")


def _manifest(folder: RunFolder) -> Path | None:
    return _newest(folder, "year_*.json")


DAMAGES: dict[str, Damage] = {
    "database deleted": lambda folder, share: delete(folder.partial_database),
    "database cut": lambda folder, share: cut(folder.partial_database, share),
    "byte flipped in database": lambda folder, share: flip(folder.partial_database, share),
    "write-ahead log cut": lambda folder, share: cut(_log(folder), share),
    "byte flipped in write-ahead log": lambda folder, share: flip(_log(folder), share),
    "journal deleted": lambda folder, share: delete(folder.journal),
    "journal cut": lambda folder, share: cut(folder.journal, share),
    "byte flipped in journal": lambda folder, share: flip(folder.journal, share),
    "manifest deleted": lambda folder, share: delete(_manifest(folder)),
    "byte flipped in manifest": lambda folder, share: flip(_manifest(folder), share),
    "checkpoint deleted": lambda folder, share: delete(_copy(folder)),
    "checkpoint cut": lambda folder, share: cut(_copy(folder), share),
    "byte flipped in checkpoint": lambda folder, share: flip(_copy(folder), share),
    "byte flipped in run record": lambda folder, share: flip(folder.partial_record, share),
    "run record cut": lambda folder, share: cut(folder.partial_record, share),
    "byte flipped in census": lambda folder, share: flip(folder.partial_census, share),
    "clock set back": set_the_clock_back,
}
