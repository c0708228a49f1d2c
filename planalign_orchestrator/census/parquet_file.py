"""Reads a Parquet file as rows of text, so that its values pass the same checks as everybody's."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from planalign_orchestrator.census.columns import decimals
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.sql import SPACES, glob_literal
from planalign_orchestrator.census.table import SAMPLE_ROWS, TextTable
from planalign_orchestrator.warehouse import one_row


def open_parquet(connection: duckdb.DuckDBPyConnection, source: Source) -> TextTable:
    """The names of the columns, and their first values as text; the rows are loaded at once."""
    with _faults_told(source):
        names = _true_names(connection, source)
        columns = ", ".join(f"coalesce(c{i}::VARCHAR, '')" for i in range(len(names)))
        query = f"SELECT {columns} FROM {_rows_of(source, len(names))} WHERE file_row_number < {SAMPLE_ROWS}"
        return TextTable(names, iter(()), [list(row) for row in connection.execute(query).fetchall()])


def load_parquet(connection: duckdb.DuckDBPyConnection, source: Source, recognised: Recognised) -> int:
    """Load the recognised columns into ``raw`` as text; row 1 is the first one, as there is no row of names.

    Returns:
        How many rows there are.
    """
    with _faults_told(source):
        rows = _rows_of(source, len(recognised.names))
        types = [row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
        texts = [f"{_as_text(f'c{i}', types[i], meaning)} AS {meaning}" for meaning, i in recognised.loaded.items()]
        selected = ", ".join(["file_row_number + 1 AS row_number", "NULL::VARCHAR AS damage", *texts])
        connection.execute(f"CREATE TABLE raw AS SELECT {selected} FROM {rows}")
        return int(one_row(connection, "SELECT count(*) FROM raw")[0])


@contextmanager
def _faults_told(source: Source) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:  # a damaged file can make its reader fail in any way
        raise refused("damaged parquet", path=source.named, error=error) from error


def _true_names(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """The names as the file has them; reading it as a table would rename those that differ only in case."""
    found = connection.execute(f"SELECT name, num_children FROM parquet_schema({glob_literal(source.path)})").fetchall()
    names = []
    inside = 0
    for name, children in found[1:]:
        if inside:
            inside += (children or 0) - 1
        else:
            names.append(name)
            inside = children or 0
    return names


def _rows_of(source: Source, columns: int) -> str:
    names = ", ".join([*(f"c{i}" for i in range(columns)), "file_row_number"])
    return f"read_parquet({glob_literal(source.path)}, file_row_number = true, binary_as_string = true) AS t({names})"


def _as_text(column: str, sql_type: str, meaning: str) -> str:
    text = f"{column}::VARCHAR"
    if sql_type in ("DOUBLE", "FLOAT"):
        if meaning.startswith("employee_id"):
            return f"regexp_replace({text}, '\\.0$', '')"
        return f"CASE WHEN is_either_way({text}) THEN {text} || '0' ELSE {text} END"
    if sql_type.startswith("DECIMAL"):
        return f"{text} || '{'0' if decimals(sql_type) == 3 else ''}'"
    return f"nullif(trim({text}, {SPACES}), '')" if sql_type == "VARCHAR" else text
