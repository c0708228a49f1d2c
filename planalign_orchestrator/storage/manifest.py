"""What a year copy is, beside it as JSON and written last: checksums, the journal so far with row counts and digests,
fingerprints.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.durable import Content
from planalign_orchestrator.storage.journal import Entry

SCHEMA = 4


class UnreadableError(CheckpointError):
    """Nobody knows whether a copy is sound, because it cannot be read; so it is not used, and not deleted either."""


@dataclass(frozen=True)
class Manifest:
    """The description of a year copy.

    Args:
        year: the last year in it, complete.
        created: when it was made, for people; nothing is decided by it.
        compression_level: of Zstandard, or None for a plain copy.
        stored: size and checksum of the file as it lies there.
        entries: the journal up to the end of the year: fingerprints, row counts and digests.
    """

    year: int
    created: dt.datetime
    compression_level: int | None
    stored: Content
    entries: tuple[Entry, ...]


_FORM: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, sealed with a hash over itself."""
    data = {"schema": SCHEMA, **_FORM.dump_python(manifest, mode="json")}
    durable.atomic_write_json(path, {"seal": _seal(data), "manifest": data}, indent=None)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        UnreadableError: it may be sound, but cannot be read now or by this version.
        CheckpointError: it is not as it was written.
    """
    try:
        sealed = parsed(path.read_bytes())
        data = sealed["manifest"]
        if sealed["seal"] != _seal(data):
            raise ValueError("its content has changed since it was written")
        if data["schema"] != SCHEMA:
            raise UnreadableError(f"{path} has the format {data['schema']}; this version reads {SCHEMA}")
        return _FORM.validate_python(data)
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError.told("unsound manifest", path=path, error=str(error).splitlines()[0]) from error


def _seal(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
