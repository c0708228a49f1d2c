"""Where the bytes of a census come from: a local file or an https address; and what they are."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from planalign_orchestrator.census.refusals import refused
from planalign_orchestrator.census.unpacking import unpacked
from planalign_orchestrator.config.secrecy import is_address, shown_address
from planalign_orchestrator.storage.durable import sha256_of

if TYPE_CHECKING:
    from planalign_orchestrator.config.network import Network

Format = Literal["csv", "parquet", "excel"]

_CHUNK = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EXCEL_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_COMPRESSED_MARKS = {b"7z\xbc\xaf": "7-Zip", b"\xfd7zX": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass(frozen=True)
class Source:
    """A local census file and what its bytes say about it.

    Attributes:
        path: the file.
        name: how messages call it.
        format: told by the first bytes, not by the extension.
        sha256: of all its bytes.
        encoding: of a text file; empty for the others.
    """

    path: Path
    name: str
    format: Format
    sha256: str
    encoding: str


def resolve_source(
    path_or_url: str | Path,
    folder: Path,
    *,
    network: Network | None = None,
    sha256: str | None = None,
    keep: bool = False,
) -> Path:
    """A local path for a census: itself, or what was downloaded from an https address.

    Args:
        path_or_url: a file, or an ``https://`` address.
        folder: where a download goes.
        network: how to get to the network; None stands for the defaults.
        sha256: what a download must have, in hexadecimal digits.
        keep: use an earlier download that is still in the folder, so that going on needs no network.

    Raises:
        NetworkError: the download failed.
    """
    text = str(path_or_url)
    if not is_address(text):
        return Path(path_or_url).expanduser()
    name = re.sub(r"[^\w.-]", "_", PurePosixPath(unquote(shown_address(text).partition("?")[0])).name)
    if keep and (folder / name).is_file():
        return folder / name
    from planalign_orchestrator.network import fetch, shown_progress

    with shown_progress(name) as progress:
        return fetch(text, folder / name, settings=network, sha256=sha256, progress=progress)


def open_source(path: Path, name: str | None, folder: Path) -> Source:
    """Look at the file: is it there, what is it, how is its text encoded, what is its hash.

    Args:
        path: the file.
        name: how messages call it; its own name when left out.
        folder: where the content of a compressed file goes.
    """
    shown = name or path.name
    _refuse_what_is_no_file(path)
    try:
        source = _examined(path, shown)
        with path.open("rb") as file:
            content = unpacked(path, file.read(8), folder)
        return source if content is None else replace(_examined(content, shown), sha256=source.sha256)
    except OSError as error:
        raise refused("unreadable", path=path, error=error) from error


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        raise refused("folder", path=path)
    if path.exists():
        return
    near = _names_near(path)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise refused("absent", path=path, folder=Path.cwd(), hint=hint)


def _names_near(path: Path) -> list[str]:
    try:
        siblings = [sibling.name for sibling in path.parent.iterdir()]
    except OSError:
        return []
    return difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.75)


def _examined(path: Path, shown: str) -> Source:
    with path.open("rb") as file:
        start = file.read(8)
    _refuse_what_is_no_census(path, start)
    kind = _format(start)
    return Source(path, shown, kind, sha256_of(path), _encoding(path, start) if kind == "csv" else "")


def _refuse_what_is_no_census(path: Path, start: bytes) -> None:
    if not start:
        raise refused("empty", path=path)
    for mark, program in _COMPRESSED_MARKS.items():
        if start.startswith(mark):
            raise refused("compressed", path=path, program=program)


def _format(start: bytes) -> Format:
    if start.startswith(b"PAR1"):
        return "parquet"
    return "excel" if start.startswith(_EXCEL_MARKS) else "csv"


def _encoding(path: Path, start: bytes) -> str:
    """How a text is encoded; one that seems to be UTF-16 and is damaged is refused, as nothing else reads it."""
    encoding = ""
    if start.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    elif start[1::2] == b"\0" * len(start[1::2]) or start[::2] == b"\0" * len(start[::2]):
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    if encoding and not _decodes(path, encoding):
        raise refused("damaged text", path=path, encoding=encoding.upper())
    return encoding or next((name for name in ("utf-8-sig", "cp1252") if _decodes(path, name)), "latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_CHUNK):
                pass
    except UnicodeError:
        return False
    return True
