"""The DuckDB file of a run: opening it within limits, loading the assumption tables, reading results.

What an error means is told here: a file in use, memory or disk that ran out, Ctrl-C, or a model that failed.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.errors import (
    FullDiskError,
    ModelError,
    OutOfResourcesError,
    PlanAlignError,
    ResultsError,
    RunLockedError,
)
from planalign_orchestrator.tables import rendered, table

_VIEWS_OF_A_RUN, KEPT_INTERMEDIATE, PUBLIC_TABLES = (
    table(__package__, "warehouse")[held]["names"].split() for held in ("views", "kept intermediate", "public")
)
"""The relations of a run that ``warehouse.ini`` lists."""

STORED = sorted({*KEPT_INTERMEDIATE, *PUBLIC_TABLES} - {*_VIEWS_OF_A_RUN})
"""What holds a result, each fact once: the tables that users rely on, and those that their views show."""


_OWN: deque[tuple[Path, int, int, int]] = deque(maxlen=64)
"""The database files, as they are, that hold no foreign definitions: to list those takes longer than to open a file."""


_NO_EXTENSIONS = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def bounded(memory_limit: str, **more: Any) -> dict[str, Any]:
    """The options of a connection with one thread and little memory, which loads no extension."""
    return {"threads": 1, "memory_limit": memory_limit, **_NO_EXTENSIONS, **more}


@dataclass(frozen=True)
class DatabaseLimits:
    """What DuckDB may use; in force from the moment the file is opened.

    Args:
        memory_limit: with unit, in GiB or MiB (DuckDB reads 'GB' as 1000-based).
        threads: of one statement.
        temp_directory: where DuckDB spills; emptied after a run.
        temp_limit: the most it may spill, with unit.
    """

    memory_limit: str
    threads: int
    temp_directory: Path
    temp_limit: str

    def options(self) -> dict[str, str | bool | int | float | list[str]]:
        """The options of a DuckDB connection."""
        return {
            "memory_limit": self.memory_limit,
            "threads": str(self.threads),
            "temp_directory": str(self.temp_directory),
            "max_temp_directory_size": self.temp_limit,
            **_NO_EXTENSIONS,
            # A year's slice stays in row groups of its own: merging small ones at every checkpoint would rewrite the
            # years before. Row groups that are wholly deleted are given back all the same.
            "max_vacuum_tasks": "0",
            # Of a new file: its encoding of text is written a quarter faster. DuckDB from 1.4 on can read it.
            "storage_compatibility_version": "v1.4.0",
            # Also of a new file, a quarter of the usual: every column of every table takes a block at least, written or
            # not. A small run has a third of the file and four fifths of the memory, a large one the same speed.
            "default_block_size": "65536",
        }


@contextmanager
def open_database(
    path: Path, limits: DatabaseLimits | None = None, *, read_only: bool = False, exports: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database file and close it again.

    Args:
        path: the file.
        limits: what DuckDB may use.
        read_only: nothing is changed, and what lies in the file is not trusted; see ``shut_in``.
        exports: the only folder that statements may then write files to.

    Raises:
        ResultsError: a file that is only read defines more than a run does.
        RunLockedError, OutOfResourcesError: see ``errors``.
    """
    options = limits.options() if limits else {}
    with explained(path), closing(duckdb.connect(str(path), read_only=read_only, config=options)) as connection:
        if read_only:
            found = path.stat()
            state = (path, found.st_ino, found.st_size, found.st_mtime_ns)
            shut_in(connection, exports, is_known=state in _OWN)
            _OWN.append(state)
        yield connection


def shut_in(connection: duckdb.DuckDBPyConnection, exports: Path | None = None, *, is_known: bool = False) -> None:
    """Keep SQL that lies in somebody else's database from reading or writing any other file.

    Args:
        connection: with all databases that it needs.
        exports: a folder that it may use all the same.
        is_known: whether they are known to hold no views or macros but a run's own.

    Raises:
        ResultsError: there are views or macros that no run makes.
    """
    allowed = f"'{quoted_path(exports)}'" if exports else ""
    connection.execute(f"set allowed_directories = [{allowed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    if not is_known and (foreign := foreign_definitions(connection)):
        raise ResultsError.told("foreign views", names=", ".join(foreign))


def foreign_definitions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The views and macros that no run makes: SQL of somebody else."""
    query = rendered(__package__, "foreign_definitions.sql")
    return [name for (name,) in connection.execute(query, [_VIEWS_OF_A_RUN]).fetchall()]


def quoted_path(path: Path) -> str:
    """A path as it may stand between quotes in SQL."""
    return path.as_posix().replace("'", "''")


_VALUES_AT_ONCE = 50_000
"""As DuckDB reads one text, it holds every value of it several times."""


def load_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    types: Mapping[str, str],
    rows: Sequence[Sequence[str | None]],
    *,
    since: int | None = None,
) -> None:
    """Replace an assumption table by rows of text, converted to the types that the dbt project declares.

    Args:
        connection: an open database.
        name: of the table; comes from the project, not from a user.
        types: DuckDB type by column, in column order.
        rows: values as text; None and the empty text are null.
        since: keep the rows of years before this one.
    """
    definition = ", ".join(f"{column} {kind}" for column, kind in types.items())
    if since is None:
        connection.execute(f"create or replace table {name} ({definition})")
    else:
        connection.execute(f"create table if not exists {name} ({definition})")
        connection.execute(f"delete from {name} where simulation_year >= {since}")
    # Said once what is the same in all rows, as most settings are in a book of plans.
    same = [None if len({*column}) > 1 else column[0] or "" for column in zip(*rows, strict=True)]
    differing = [place for place, value in enumerate(same) if value is None]
    texts = [
        f"row[{differing.index(place) + 1}]" if value is None else "'" + value.replace("'", "''") + "'"
        for place, value in enumerate(same)
    ]
    values = ", ".join(f"nullif({text}, '')::{kind}" for text, kind in zip(texts, types.values(), strict=False))
    # As one text: DuckDB looks for pandas and numpy at each value of a list that Python hands over.
    query = f"""insert into {name} select {values} from (select unnest(from_json(?, '[["VARCHAR"]]')) as row)"""
    at_once = max(_VALUES_AT_ONCE // max(len(differing), 1), 1)
    for first in range(0, len(rows), at_once):
        part = [[row[place] for place in differing] for row in rows[first : first + at_once]]
        connection.execute(query, [json.dumps(part)])


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the database, by name; no views, whose content may lie elsewhere."""
    return [row[0] for row in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]


def relations_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables and views of the database."""
    views = connection.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
    return [*tables_of(connection), *(name for (name,) in views)]


def drop_intermediate(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove what only the last year's computation needed; what remains is the result and its assumptions."""
    query, kept = rendered(__package__, "intermediate.sql"), [*KEPT_INTERMEDIATE, *PUBLIC_TABLES]
    for kind, name in connection.execute(query, {"kept": kept}).fetchall():
        connection.execute(f'drop {kind} "{name}"')


def fetch_dicts(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """The rows of a query as mappings; for results of a few rows."""
    cursor = connection.execute(query, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of a query."""
    [row] = connection.execute(query).fetchall()
    return tuple(row)


_IN_USE = ("could not set lock", "being used by another process")
_DISK_IS_FULL = ("no space", "max_temp_directory", "disk full", "quota exceeded", "not enough space", "file too large")
_MEMORY_IS_OUT = ("out of memory", "failed to allocate")
_INTERRUPTED = "query interrupted"
_HOLDER = re.compile(r"PID (\d+)")
_VALUE = re.compile(r"""\b((?:value|string)s? )(?:"[^"]*"|'[^']*'|[-+]?\d[\d.,]*)|(?<!\w)\d[\d.]{2,}""", re.IGNORECASE)
"""How the database quotes a value that it could not convert or calculate with: it may be somebody's pay."""


class OutOfMemoryInStage(OutOfResourcesError):
    """DuckDB ran out of memory in a stage; the stage can be repeated with a smaller batch."""


def says_interrupted(words: str) -> bool:
    """Whether a message of the database means that Ctrl-C stopped a statement."""
    return _INTERRUPTED in words.lower()


def _known(error: Exception, where: str, database: Path) -> PlanAlignError | None:
    """What an error of the database means, whatever it was doing; None when it is about something else.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    words = str(error).strip()
    if isinstance(error, duckdb.InterruptException) or says_interrupted(words):
        raise KeyboardInterrupt from error
    if _says(words, _IN_USE):
        holder = _HOLDER.search(words)
        who = f"process {holder[1]}" if holder else "another program"
        return RunLockedError(f"{database} is open in {who}", remedy="Close it there and repeat the command.")
    if _says(words, _MEMORY_IS_OUT) or isinstance(error, MemoryError):
        # What DuckDB advises here (less threads, no order) is for people who write SQL.
        return OutOfMemoryInStage.told(
            "out of memory", where=where, words=words.partition("Possible solutions")[0].strip()
        )
    if _says(words, _DISK_IS_FULL):
        return FullDiskError.told("out of disk", where=where, words=words)
    return None


def _says(words: str, signs: Iterable[str]) -> bool:
    return any(sign in words.lower() for sign in signs)


def failure_of(where: str, error: Exception, database: Path) -> PlanAlignError:
    """The error that ends a stage, with the database's own words.

    Args:
        where: the stage, and the model if one was being built.
        error: what was raised.
        database: in which the stage was built.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    shown = _VALUE.sub(r"\1(not shown)", str(error).strip())
    return _known(error, where, database) or ModelError.told("failed", where=where, shown=shown)


@contextmanager
def told_of(where: str, database: Path) -> Iterator[None]:
    """Raise the error that a failure means to a user, named with its stage and model.

    Raises:
        PlanAlignError: see ``failure_of``.
        KeyboardInterrupt: Ctrl-C stopped a statement.
    """
    try:
        yield
    except PlanAlignError:
        raise
    except Exception as error:
        raise failure_of(where, error, database) from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what an error of DuckDB means for a file instead of the error itself, where that is known.

    Raises:
        KeyboardInterrupt: Ctrl-C came while a statement ran.
    """
    try:
        yield
    except (duckdb.Error, RuntimeError) as error:  # a statement that Ctrl-C has stopped gives one of the second
        if (known := _known(error, f"the work on {path}", path)) is not None:
            raise known from error
        raise
