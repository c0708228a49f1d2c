"""Whether a database holds what the journal says: content, not file names, decides where a run goes on."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.storage import journal
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import PUBLIC_TABLES, bounded, explained

Expected = dict[tuple[str, int | None], journal.TableDigest]
"""What must be in a database, by table and year; None stands for the whole table."""


def expected_content(entries: Sequence[journal.Entry]) -> Expected:
    """What a list of journal entries promises.

    Intermediate tables that every year replaces count only while their year is being worked on: once it is complete,
    the next year may have begun to overwrite them, and nobody needs them. Facts that are made anew every year are part
    of the result: they count as they were written last. Tables loaded once count until changed assumptions have them
    loaded again.
    """
    last = journal.completed(entries)
    expected: Expected = {}
    assumptions = None
    for entry in entries:
        if isinstance(entry, journal.OpenedEntry):
            if assumptions not in (None, entry.fingerprints.assumptions):
                expected = {place: digest for place, digest in expected.items() if place[1] is not None}
            assumptions = entry.fingerprints.assumptions
            continue
        in_progress = last is not None and not last.ends_year and entry.position.year == last.year
        for table, written in entry.tables.items():
            if written.scope == "year":
                expected[table, entry.position.year] = written.digest
            elif written.scope == "constant" or in_progress or table.startswith("fct_"):
                expected[table, None] = written.digest
    return expected


def result_digest(connection: duckdb.DuckDBPyConnection, table: str, expected: Expected) -> journal.TableDigest:
    """The digest of a table over all years: of what stages wrote, unless a model has written earlier years again."""
    [rows] = warehouse.one_row(connection, f"select count(*) from {journal.quoted(table)}")
    written = [digest for (name, _), digest in expected.items() if name == table]
    digest = sum(written, journal.TableDigest(0, 0, 0))
    return digest if digest.rows == rows else journal.digest_of(connection, table)


def database_faults(path: Path, entries: Sequence[journal.Entry]) -> list[str]:
    """Where a database is not what the journal entries promise; empty when it is. No connection may be open to it."""
    if not path.exists():
        return [f"{path} is not there"]
    try:
        with connected(path, read_only=True) as connection:
            return [f"{path}: {fault}" for fault in dict.fromkeys(_content_faults(connection, entries))]
    except duckdb.Error as error:
        return [f"{path} cannot be read: {str(error).splitlines()[0]}"]


def remove_later_years(path: Path, last_year: int) -> None:
    """Delete the rows of all years after ``last_year`` and merge the write-ahead log."""
    with connected(path) as connection:
        for names in connection.execute(rendered(__package__, "tables_with_years.sql")).fetchall():
            table = journal.quoted(*names)
            later = f"from {table} where simulation_year > {int(last_year)}"
            if connection.execute(f"select exists ({later})").fetchall() == [(True,)]:
                connection.execute(f"delete {later}")
        connection.execute("checkpoint")


@contextmanager
def connected(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to a database file, closed afterwards.

    Raises:
        RunLockedError: another program has it open; that says nothing about its content.
        OutOfResourcesError: memory or disk ran out.
    """
    config = bounded("512MiB", enable_external_access=False)  # somebody else's database is only read: no other file
    with explained(path), closing(duckdb.connect(str(path), read_only=read_only, config=config)) as connection:
        yield connection


def _content_faults(connection: duckdb.DuckDBPyConnection, entries: Sequence[journal.Entry]) -> Iterable[str]:
    engines = {entry.engine for entry in entries if isinstance(entry, journal.StageEntry)}
    if engines - {journal.engine_probe(connection)}:
        yield "it was written with another version of DuckDB, whose row hashes cannot be compared"
        return
    if foreign := warehouse.foreign_definitions(connection):
        yield f"it holds views or macros that no run makes: {', '.join(foreign)}"
        return
    there, relations = warehouse.tables_of(connection), {*warehouse.relations_of(connection)}
    if sum(isinstance(entry, journal.StageEntry) for entry in entries) == 1 and "stg_census" not in relations:
        yield "the census is not there any more"  # of a result, of which the journal has lost the end
    for view in sorted({*PUBLIC_TABLES} & relations - {*there}):
        connection.execute(f"describe {journal.quoted(view)}")  # an error where it reads anything but tables
    for (table, year), expected in expected_content(entries).items():
        if table not in there:
            yield f"table {table} is not there"
            continue
        found, what = journal.digest_of(connection, table, year), f"table {table}{f', {year}' if year else ''}"
        if found.rows != expected.rows:
            yield f"{what}: {found.rows} rows instead of {expected.rows}"
        elif found != expected:
            yield f"{what}: the content has changed"
