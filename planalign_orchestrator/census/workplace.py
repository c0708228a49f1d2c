"""Where an intake works: a database of bounded memory in a folder beside the output, gone when it is done."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.sql import teach_reading
from planalign_orchestrator.errors import instead_of
from planalign_orchestrator.storage.durable import make_folder, named, scratch_folder
from planalign_orchestrator.warehouse import bounded


@contextmanager
def folder_beside(output: Path) -> Iterator[Path]:
    """A temporary folder on the disk of the output, for files that are moved into place when they are complete.

    Raises:
        ConfigurationError: the output cannot be written there.
        OutOfResourcesError: memory or disk ran out.
    """
    make_folder(output.parent)
    short, place = (duckdb.OutOfMemoryException, duckdb.IOException), output.parent
    out_of = instead_of(short, refused, "out of resources", folder=place.resolve())
    with named(output), out_of, scratch_folder(place) as folder:
        yield folder


@contextmanager
def workplace(output: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection and a folder on the disk of the output; both go away at the end."""
    with folder_beside(output) as folder:
        # What lives for seconds is not worth the time of packing it.
        config = bounded("128MiB", temp_directory=str(folder / "spill"))
        with closing(duckdb.connect(config=config)) as connection:
            # Points in time are dates of the same day on every machine.
            connection.execute("SET TimeZone = 'UTC'")
            teach_reading(connection)
            yield connection, folder


def protect_source(source: Path, *written: Path) -> None:
    """Refuse to write over the census itself."""
    for target in written:
        if target.exists() and target.samefile(source):
            raise refused("overwriting", path=target)
