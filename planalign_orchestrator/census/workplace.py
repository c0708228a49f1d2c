"""Where an intake works: a database of bounded memory in a folder beside the output, gone when it is done."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError

_MEMORY_LIMIT = "512MiB"


@contextmanager
def workplace(output: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection and a folder on the disk of the output; both go away at the end.

    Raises:
        ConfigurationError: the folder of the output cannot be made or written to.
        OutOfResourcesError: memory or disk ran out.
    """
    with _folder(output) as name:
        folder = Path(name)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY_LIMIT,
            "threads": 1,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            with closing(duckdb.connect(str(folder / "intake.duckdb"), config=settings)) as connection:
                yield connection, folder
        except (duckdb.OutOfMemoryException, duckdb.IOException, OSError) as error:
            raise OutOfResourcesError(
                f"memory or disk ran out while reading the census ({str(error).splitlines()[0]})",
                remedy=f"Free disk space at {output.parent.resolve()}, where the intake works.",
            ) from error


def _folder(output: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".census-", dir=output.parent)
    except OSError as error:
        raise ConfigurationError(
            f"{output.parent}: the census cannot be written there ({error.strerror})", remedy="Name another folder."
        ) from error


def protect_source(source: Path, *written: Path) -> None:
    """Refuse to write over the census itself."""
    for target in written:
        if target.exists() and target.samefile(source):
            raise ConfigurationError(f"{target}: this would overwrite the census itself", remedy="Name another file.")
