"""Quoting for the SQL that the intake writes."""

import re
from pathlib import Path

SPACES = "' ' || chr(9) || chr(160) || chr(8239) || chr(8201)"
"""SQL for the characters that are trimmed from cells: space, tab, and the unbreakable and thin ones of web pages."""

FILE = "row_number >> 32"
"""SQL for which of many files a row is of, where many are read at once; a file of its own is number 0."""

_ERROR_NAMES = r"REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|GETTING_DATA|BUSY!|UNKNOWN!|FORMULA\?|#+"
UNREADABLE = rf"#({_ERROR_NAMES})|Err:\d{{3}}"
"""What stands where a spreadsheet could not show a value."""


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path to write to."""
    return literal(str(path))


def glob_literal(path: Path) -> str:
    """A path to read from; DuckDB takes it for a pattern, so that characters such as ``[`` need brackets."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def unreadable(name: str) -> str:
    """SQL that is true for text that stands where a spreadsheet could not show a value."""
    return f"(ascii({name}) IN (35, 69) AND regexp_full_match({name}, '{UNREADABLE}'))"
