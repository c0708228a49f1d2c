"""What kind of disk a folder is on: how much is free, is it slow, does a cloud service copy every change of it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

GIB = 1 << 30
SLOW_SYNC_SECONDS = 0.05
"""A solid-state disk syncs a small file in a few milliseconds; a network share or a worn disk needs more than this."""

_BLOCK = b"\0" * 65536
_ATTEMPTS = 5

_SYNCHRONISED_NAMES = (
    ("OneDrive", re.compile(r"onedrive\b.*", re.IGNORECASE)),
    ("Dropbox", re.compile(r"dropbox\b.*", re.IGNORECASE)),
    ("iCloud", re.compile(r"icloud ?drive|com~apple~clouddocs|mobile documents", re.IGNORECASE)),
    ("Google Drive", re.compile(r"google ?drive\b.*|my drive", re.IGNORECASE)),
    ("Box", re.compile(r"Box|Box Sync|Box-Box")),
)
_SYNCHRONISED_VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def existing_parent(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def free_disk_gib(folder: Path) -> float:
    """Free space where a folder is or would be."""
    return shutil.disk_usage(existing_parent(folder)).free / GIB


def sync_seconds(folder: Path) -> float | None:
    """How long it takes to write a small file and see it safely on disk; None where nothing can be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=existing_parent(folder), prefix=".planalign-", suffix=".tmp") as file:
            return median(_timed_sync(file.fileno()) for _ in range(_ATTEMPTS))
    except OSError:
        return None


def synchronised_by(folder: Path, environ: Mapping[str, str] | None = None) -> str | None:
    """The name of the cloud service that copies a folder, such as ``OneDrive``, or None."""
    place = folder.absolute()
    variables = os.environ if environ is None else environ
    for name in _SYNCHRONISED_VARIABLES:
        root = variables.get(name, "")
        if root and (place == Path(root) or Path(root) in place.parents):
            return "OneDrive"
    for service, pattern in _SYNCHRONISED_NAMES:
        if any(pattern.fullmatch(part) for part in place.parts):
            return service
    return None


def _timed_sync(handle: int) -> float:
    start = time.perf_counter()
    os.write(handle, _BLOCK)
    os.fsync(handle)
    return time.perf_counter() - start
