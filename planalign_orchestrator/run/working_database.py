"""The database that a run works in until it becomes the result: where it is, and what may be used to open it now."""

import shutil
from contextlib import AbstractContextManager

import duckdb

from planalign_orchestrator.adaptive_memory_manager import AdaptiveMemoryManager
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.warehouse import DatabaseLimits, open_database

SHARE_OF_FREE_DISK = 0.8
"""How much of the free disk DuckDB may spill into; the rest is left to checkpoints and to other programs."""


class WorkingDatabase:
    """The unfinished database of a run.

    Args:
        folder: the run folder.
        memory: knows what Python leaves of the budget, which changes while a run lasts.
        threads: of one statement.
    """

    def __init__(self, folder: RunFolder, memory: AdaptiveMemoryManager, threads: int) -> None:
        self.path = folder.partial_database
        self._folder = folder
        self._memory = memory
        self._threads = threads

    def clear_spill(self) -> None:
        """Remove what DuckDB has spilled; a process that was killed leaves it behind."""
        shutil.rmtree(self._folder.spill, ignore_errors=True)

    def limits(self) -> DatabaseLimits:
        """What DuckDB may use from now on."""
        free = shutil.disk_usage(self._folder.root).free
        return DatabaseLimits(
            memory_limit=f"{self._memory.duckdb_memory_limit_bytes // 2**20}MiB",
            threads=self._threads,
            temp_directory=self._folder.spill,
            temp_limit=f"{max(1, int(free * SHARE_OF_FREE_DISK) // 2**20)}MiB",
        )

    def open(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open the database within its limits, and close it again."""
        return open_database(self.path, self.limits())
