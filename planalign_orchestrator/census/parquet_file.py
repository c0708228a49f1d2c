"""Reads a Parquet file as rows of text, so that its values pass the same checks as everybody's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import decimals
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.source import Source, refuse_dense
from planalign_orchestrator.census.sql import SPACES, glob_literal, path_literal
from planalign_orchestrator.census.table import TextTable, numbered_rows

_LEAST_OF_A_CELL = 2
"""Bytes of a cell in the text that a file is read as: a few kB can hold a value sixty million times."""


def open_parquet(connection: duckdb.DuckDBPyConnection, source: Source, folder: Path) -> TextTable:
    """Open a Parquet file as rows of text; row 1 is the first one, as there is no row of names."""
    path = folder / "parquet.csv"
    with _faults_told(source):
        names = _true_names(connection, source)
        [(number,)] = connection.execute(
            f"SELECT sum(num_rows) FROM parquet_file_metadata({glob_literal(source.path)})"
        ).fetchall()
        refuse_dense(source.named, number * len(names) * _LEAST_OF_A_CELL)
        columns = ", ".join([*(f"c{i}" for i in range(len(names))), "file_row_number"])
        options = "file_row_number = true, binary_as_string = true"
        rows = f"read_parquet({glob_literal(source.path)}, {options}) AS t({columns})"
        types = [row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
        texts = ", ".join(_as_text(f"c{i}", types[i]) for i in range(len(names)))
        query = f"SELECT file_row_number + 1, {texts} FROM {rows}"
        connection.execute(f"COPY ({query}) TO {path_literal(path)} (FORMAT csv, HEADER false)")
    table = TextTable(names, iter(()))
    table.rows = table.filled(numbered_rows(path))
    return table


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


def _as_text(column: str, sql_type: str) -> str:
    text = f"{column}::VARCHAR"
    if sql_type in ("DOUBLE", "FLOAT"):  # a whole number is an id as well as an amount
        return f"CASE WHEN is_either_way({text}) THEN {text} || '0' ELSE regexp_replace({text}, '\\.0$', '') END"
    if sql_type.startswith("DECIMAL"):
        return f"{text} || '{'0' if decimals(sql_type) == 3 else ''}'"
    return f"trim({text}, {SPACES})" if sql_type == "VARCHAR" else text
