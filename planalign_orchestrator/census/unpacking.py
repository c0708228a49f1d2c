"""Unpacks a census that is compressed by gzip, or the only file of a zip archive."""

import gzip
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, cast

from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.storage.durable import most_unpacked

_CHUNK = 1 << 20
_LARGEST = 8 << 30
_OFFICE_PARTS = ("[content_types].xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin", "content.xml")


def unpacked(path: Path, folder: Path) -> Path | None:
    """The content of a compressed file, in a folder; None when the file is not compressed.

    Args:
        path: the file.
        folder: where the content goes.

    Raises:
        CensusError: it is damaged, protected, too large, or holds several files.
    """
    target = folder / "unpacked"
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                return _copied(cast(IO[bytes], packed), target, path)
        if start == b"PK\x03\x04" and (name := _only_file(path)) is not None:
            with zipfile.ZipFile(path) as book, book.open(name) as packed:
                return _copied(packed, target, path)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise refused("cannot be unpacked", path=path, error=error) from error
    return None


def _only_file(path: Path) -> str | None:
    """The name of the only file of an archive; None for a workbook, which is an archive too, and for none at all."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as book:
        names = [name for name in book.namelist() if not re.match(r".*/$|__MACOSX/|(.*/)?\.|(.*/)?Thumbs\.db$", name)]
    if any(name.lower() in _OFFICE_PARTS for name in names):
        return None
    if len(names) != 1:
        raise refused("several files", path=path, files=len(names))
    return names[0]


def _copied(packed: IO[bytes], target: Path, path: Path) -> Path:
    size, most = 0, min(_LARGEST, most_unpacked(path))
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise refused("unpacks to too much", path=path, most=f"{most / 2**30:.2g} GiB")
            out.write(chunk)
    return target
