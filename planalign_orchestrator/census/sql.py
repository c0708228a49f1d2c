"""The SQL that the intake writes: quoting, and the macros by which a connection reads the text of cells."""

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TypeVar

import duckdb

from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import one_row

_Key = TypeVar("_Key", bound=Hashable)

SPACES = "' ' || chr(9) || chr(160) || chr(8239) || chr(8201)"
"""SQL for the characters that are trimmed from cells: space, tab, and the unbreakable and thin ones of web pages."""

FILE = "row_number >> 32"
"""SQL for which of many files a row is of, where many are read at once; a file of its own is number 0."""

TEXTS_GIVEN = "from_json(?, '[\"VARCHAR\"]')"
"""SQL of a list of texts that is handed over as JSON: of a list, DuckDB looks for pandas at each value."""

_ERROR_NAMES = r"REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|BUSY!|UNKNOWN!|FORMULA\?|#+"
UNREADABLE = rf"#({_ERROR_NAMES})|Err:\d{{3}}"
"""What stands where a spreadsheet could not show a value."""
SOCIAL_SECURITY = r"[\dXx*]{3}[- ][\dXx*]{2}[- ]\d{4}"
"""What a social security number looks like, masked or not."""
EITHER_WAY = r"-?[1-9]\d{0,2}\.\d{3}"
"""Text such as ``85.000``, which is 85 to some and 85 000 to others."""


def teach_reading(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the macros of ``reading.sql``."""
    patterns = {"unreadable": UNREADABLE, "social_security": SOCIAL_SECURITY, "either_way": EITHER_WAY}
    connection.execute(rendered(__package__, "reading.sql", **patterns))


def counted(
    connection: duckdb.DuckDBPyConnection, table: str, conditions: Mapping[_Key, str], what: str = "count(*)"
) -> dict[_Key, int]:
    """Which conditions are true of some row of a table, and of how many; or what else is asked for about those rows."""
    figures = ", ".join(f"{what} FILTER (WHERE {condition})" for condition in conditions.values())
    found = one_row(connection, f"SELECT {figures} FROM {table}") if figures else ()
    return {key: figure for key, figure in zip(conditions, found, strict=True) if figure}


def literal(text: str | None) -> str:
    """An SQL string literal, or null."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path to write to."""
    return literal(str(path))


def glob_literal(path: Path) -> str:
    """A path to read from; DuckDB takes it for a pattern, so that characters such as ``[`` need brackets."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))
