"""Zstandard for year copies: at the same size 15 to 20 times cheaper than gzip, far cheaper than a Parquet export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from planalign_orchestrator import durable
from planalign_orchestrator.errors import CheckpointError


def compressed(source: Path, level: int, taken: durable.Tally) -> Iterator[bytes]:
    """The content of a file, compressed piece by piece; ``taken`` counts and hashes what was read."""
    import zstandard

    compressor = zstandard.ZstdCompressor(level=level, write_checksum=True).compressobj()
    for chunk in durable.read_chunks(source):
        taken.add(chunk)
        if packed := compressor.compress(chunk):
            yield packed
    yield compressor.flush()


def decompressed(source: Path) -> Iterator[bytes]:
    """The original content of a compressed file, piece by piece; a damaged file ends early."""
    import zstandard

    try:
        with source.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
            while chunk := reader.read(durable.CHUNK):
                yield chunk
    except zstandard.ZstdError as error:
        raise CheckpointError(f"{source} cannot be decompressed: {error}") from error
