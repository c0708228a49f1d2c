"""Where the bytes of a census come from: a local file or an https address; and what they are."""

import codecs
import difflib
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Literal, cast
from urllib.parse import unquote

from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.config.secrecy import is_address, shown_address
from planalign_orchestrator.errors import instead_of
from planalign_orchestrator.storage import durable

if TYPE_CHECKING:
    from planalign_orchestrator.config.network import Network

Format = Literal["csv", "parquet", "excel"]

_MOST_OF_A_PIPE = 1 << 30
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FORMATS: dict[bytes, Format] = {b"PAR1": "parquet", b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}
_DOCUMENT = re.compile(rb"(\xef\xbb\xbf)?\s*(<|%PDF|\{|\[\s*[{\[])")
"""How web pages, XML, PDF, RTF and JSON begin, and no table does."""
_COMPRESSED = {b"7z\xbc\xaf": "7-Zip", b"\xfd7zX": "xz", b"\x28\xb5\x2f\xfd": "zstd"}

_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, RuntimeError, NotImplementedError)
_LARGEST_UNPACKED = 8 << 30
_OFFICE_PARTS = ("[content_types].xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin", "content.xml")


@dataclass(frozen=True)
class Source:
    """A local census file and what its bytes say about it.

    Attributes:
        path: the file, or what was unpacked of it.
        named: the file as the user named it.
        format: told by the first bytes, not by the extension.
        sha256: of all bytes of the file that was named.
        encoding: of a text file; empty for the others.
    """

    path: Path
    named: Path
    format: Format
    sha256: str
    encoding: str


def resolve_source(
    path_or_url: str | Path,
    folder: Path,
    *,
    network: "Network | None" = None,
    sha256: str | None = None,
    keep: bool = False,
) -> Path:
    """A local path for a census: itself, or what came out of a pipe or from an https address.

    Args:
        path_or_url: a file, or an ``https://`` address.
        folder: where a download goes, and what a pipe gives, which can be read but once.
        network: how to get to the network; None stands for the defaults.
        sha256: what a download must have, in hexadecimal digits.
        keep: use an earlier download that is still in the folder, so that going on needs no network.

    Raises:
        NetworkError: the download failed.
        CensusError: it is a device, or a pipe without end.
    """
    text = str(path_or_url)
    if not is_address(text):
        path = Path(path_or_url).expanduser()
        _refuse_device(path)
        return _read_out(path, folder) if path.is_fifo() else path
    name = re.sub(r"[^\w.-]", "_", PurePosixPath(unquote(shown_address(text).partition("?")[0])).name)
    if keep and (folder / name).is_file():
        return folder / name
    from planalign_orchestrator.config.network import Network
    from planalign_orchestrator.network import Connector, fetch, shown_progress

    with shown_progress(name) as progress:
        return fetch(text, folder / name, Connector(network or Network()), sha256=sha256, progress=progress)


def open_source(path: Path, folder: Path) -> Source:
    """Look at the file: is it there, what is it, how is its text encoded, what is its hash.

    Args:
        path: the file.
        folder: where the content of a compressed file goes.
    """
    _refuse_what_is_no_file(path)
    with instead_of(OSError, refused, "unreadable", path=path):
        content = _unpacked(path, folder) or path
        with content.open("rb") as file:
            start = file.read(64)
        if not start:
            raise refused("empty", path=path)
        for mark, program in _COMPRESSED.items():
            if start.startswith(mark):
                raise refused("compressed", path=path, program=program)
        if _DOCUMENT.match(start):
            raise refused("document", path=path)
        kind: Format = next((kind for mark, kind in _FORMATS.items() if start.startswith(mark)), "csv")
        encoding = _encoding(content, start[:8]) if kind == "csv" else ""
        if encoding is None:
            raise refused("damaged text", path=path)
        return Source(content, path, kind, durable.sha256_of(path), encoding)


def _read_out(pipe: Path, folder: Path) -> Path:
    def chunks() -> Iterator[memoryview]:
        for number, chunk in enumerate(durable.read_chunks(pipe)):
            if number * durable.CHUNK >= _MOST_OF_A_PIPE:
                raise refused("without end", path=pipe)
            yield chunk

    durable.make_private_folder(folder)
    durable.atomic_write_stream(folder / "piped", chunks())
    return folder / "piped"


def _refuse_device(path: Path) -> None:
    if path.is_char_device() or path.is_block_device():
        raise refused("device", path=path)


def _refuse_what_is_no_file(path: Path) -> None:
    _refuse_device(path)
    if path.is_dir():
        raise refused("folder", path=path)
    if not path.exists():
        siblings = [sibling.name for sibling in path.parent.glob("*")]
        near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.75)
        raise refused("absent", path=path, folder=Path.cwd(), hint=f" Did you mean {near[0]}?" if near else "")


def _encoding(path: Path, start: bytes) -> str | None:
    """How a text is encoded; None for one that seems to be UTF-16 and is damaged, as nothing else reads it."""
    encoding = ""
    if start.startswith(_UTF16_MARKS):
        encoding = "utf-16"
    elif start[1::2] == b"\0" * len(start[1::2]) or start[::2] == b"\0" * len(start[::2]):
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    if encoding:
        return encoding if _decodes(path, encoding) else None
    return next((name for name in ("utf-8-sig", "cp1252") if _decodes(path, name)), "latin-1")


def _decodes(path: Path, encoding: str) -> bool:
    with suppress(UnicodeError), path.open(encoding=encoding, newline="") as file:
        while file.read(durable.CHUNK):
            pass
        return True
    return False


def _unpacked(path: Path, folder: Path) -> Path | None:
    """The content of a compressed file, in a folder; None when the file is not compressed.

    Args:
        path: the file.
        folder: where the content goes.

    Raises:
        CensusError: it is damaged, protected, too large, or holds several files.
    """
    target = folder / "unpacked"
    with instead_of(_DAMAGED, refused, "cannot be unpacked", path=path):
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                return _copied(cast(IO[bytes], packed), target, path)
        if start == b"PK\x03\x04" and (name := _only_file(path)) is not None:
            with zipfile.ZipFile(path) as book, book.open(name) as packed:
                return _copied(packed, target, path)
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
    size = 0
    with target.open("wb") as out:
        while chunk := packed.read(durable.CHUNK):
            refuse_dense(path, size := size + len(chunk))
            out.write(chunk)
    return target


def refuse_dense(path: Path, size: int) -> None:
    """Refuse a packed file that stands for more bytes than a census of its size would."""
    most = min(_LARGEST_UNPACKED, durable.most_unpacked(path))
    if size > most:
        raise refused("unpacks to too much", path=path, most=f"{most / 2**30:.2g} GiB")
