"""A download on its way: kept beside its destination under another name, so that the next attempt goes on there."""

import hashlib
import json
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.storage.durable import PRIVATE_FILE, named, replace, sha256_of


class Partial:
    """The part of a file that has arrived.

    Args:
        destination: where the whole file will be.
        url: where it comes from.
    """

    def __init__(self, destination: Path, url: str) -> None:
        self._destination = destination
        # Hashed, as an address may hold a token.
        self._url = hashlib.sha256(url.encode("utf-8")).hexdigest()
        # The work file has a name of its own: a second download to the same place must not write into it.
        self._file = destination.with_name(f".{destination.name}.{uuid.uuid4().hex[:12]}.part")
        self._kept_file = destination.with_name(f".{destination.name}.part")
        self._kept_version = destination.with_name(f".{destination.name}.part.json")
        self._validator: str | None = None
        self._take_over()

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self._file.stat().st_size if self._file.exists() else 0

    @property
    def headers(self) -> dict[str, str]:
        """What asks for the rest alone, where that is safe."""
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator} if self._validator and self.size else {}

    def open(self, *, append: bool, validator: str | None) -> BinaryIO:
        """Open the work file for writing.

        Args:
            append: go on behind what has arrived, or start over.
            validator: of the file that is being sent now: what makes a request for its rest safe.
        """
        self._validator = validator
        with named(self._destination):
            self._destination.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | (os.O_APPEND if append else os.O_TRUNC)
            return os.fdopen(os.open(self._file, flags, PRIVATE_FILE), "wb")

    def write(self, file: BinaryIO, piece: bytes) -> None:
        """Add a piece that has arrived."""
        with named(self._destination):
            file.write(piece)

    def restart(self) -> None:
        """Forget what has arrived."""
        self._file.unlink(missing_ok=True)
        self._validator = None

    def sha256(self) -> str:
        """The hash of what has arrived."""
        return sha256_of(self._file)

    def land(self) -> None:
        """Give the whole file its name."""
        with named(self._destination), self._file.open("rb+") as file:
            os.fsync(file.fileno())  # after a power failure, a name without content would look like a file
        replace(self._file, self._destination)

    def keep(self) -> None:
        """Leave what has arrived for the next call, if a later request for the rest would be safe; else remove it."""
        if self.headers:
            version = json.dumps({"url": self._url, "validator": self._validator})
            with suppress(OSError):  # keeping it is a courtesy; what failed is already being told
                self._file.replace(self._kept_file)
                self._kept_version.write_text(version, encoding="utf-8")
        self._file.unlink(missing_ok=True)

    def _take_over(self) -> None:
        """Go on with what an earlier call has kept, if it is of the same address. A rename lets only one caller win."""
        try:
            kept = parsed(self._kept_version.read_text(encoding="utf-8"))
            url, validator = str(kept["url"]), str(kept["validator"])
            self._kept_version.unlink()
            self._kept_file.replace(self._file)
        except (OSError, ValueError, KeyError, TypeError):  # none, taken by another, or damaged
            return
        if url == self._url:
            self._validator = validator
        else:
            self.restart()
