"""The database that models are built in, open from one stage to the next."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from planalign_orchestrator.model.project import Project
from planalign_orchestrator.model.render import relation
from planalign_orchestrator.warehouse import DatabaseLimits, quoted_path, relations_of

JOINS_AS_WRITTEN = "set disabled_optimizers = 'join_order,build_side_probe_side'"
"""Joins are carried out as written, many columns on the left and few on the right: DuckDB takes the conditions that
select a year's rows for selective ones, expects a fiftieth of the people, and would put the wide side into memory."""

_CHANGEABLE = ("memory_limit", "max_temp_directory_size")
"""Limits that a database takes over while it is open."""


class ModelDatabase:
    """A DuckDB file, opened when a stage needs it and kept open: a new connection would have to read what the stage
    before had in memory.

    Args:
        project: declares tables that are read before a model builds them.
        path: the file.
        limits: what DuckDB may use.
    """

    def __init__(self, project: Project, path: Path, limits: DatabaseLimits) -> None:
        self.path = path
        self._sources = {name: columns for (_, name), columns in project.sources.items()}
        self._options = limits.options()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._relations: set[str] = set()

    @property
    def is_open(self) -> bool:
        """Whether something has opened the file and nothing has closed it."""
        return self._connection is not None

    def use(self, path: Path, limits: DatabaseLimits) -> None:
        """Change to another file or other limits; an open file takes over memory and temporary space."""
        options = limits.options()
        changed = {name for name, value in options.items() if self._options.get(name) != value}
        if path != self.path or not changed <= set(_CHANGEABLE):
            self.close()
        self.path, self._options = path, options
        if self._connection is not None:
            for name in _CHANGEABLE:  # a slice may have left another than the one that was given
                self._connection.execute(f"set {name} = '{options[name]}'")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the file, which is opened if it is not open."""
        if self._connection is None:
            self._connection = self._opened()
        cursor = self._connection.cursor()
        cursor.execute("use simulation")
        return cursor

    def close(self) -> None:
        """Close the file, so that it can be copied or opened with other limits."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def has_rows_of_a_model(self, name: str, cursor: duckdb.DuckDBPyConnection) -> bool:
        """Whether there is a table that a model has built; a source is there before, without rows."""
        if name not in self._relations:
            return False
        if name not in self._sources:
            return True
        return cursor.execute(f"select 1 from {relation(name)} limit 1").fetchone() is not None

    def has_built(self, name: str) -> None:
        """Remember that there is a table or view."""
        self._relations.add(name)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config=self._options)
        try:
            # Nothing is read from a write-ahead log: a stage that is interrupted begins again from the state before it.
            connection.execute(f"attach '{quoted_path(self.path)}' as simulation (recovery_mode 'no_wal_writes')")
            connection.execute("use simulation")
            connection.execute(JOINS_AS_WRITTEN)
            for name, columns in self._sources.items():
                if columns:
                    declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                    connection.execute(f"create table if not exists {relation(name)} ({declared})")
            self._relations = {*relations_of(connection)}
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Statements that all count, or none of them."""
    cursor.execute("begin")
    try:
        yield
        cursor.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # an error in a transaction can have ended it
            cursor.execute("rollback")
        raise
