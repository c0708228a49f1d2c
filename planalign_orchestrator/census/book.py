"""Reads the small censuses of a book of plans at once: most of what one takes is the planning of the same statements.

Whatever is decided for a file as a whole, such as the order of day and month, is decided here for all of them. So a
file of which it would be decided otherwise, or in which anything is wrong, is left to be read by itself.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb

from planalign_orchestrator.census.formats import open_table
from planalign_orchestrator.census.options import CensusOptions
from planalign_orchestrator.census.reading import needs_no_pay, read_columns, write_canonical
from planalign_orchestrator.census.recognition import Recognised, recognise
from planalign_orchestrator.census.rules import check
from planalign_orchestrator.census.source import open_source
from planalign_orchestrator.census.sql import FILE, TEXTS_GIVEN
from planalign_orchestrator.census.staging import Staged, load_rows, take_for_empty
from planalign_orchestrator.census.table import Row, TextTable
from planalign_orchestrator.census.whole_columns import rates_by_file
from planalign_orchestrator.census.workplace import workplace
from planalign_orchestrator.errors import CensusError
from planalign_orchestrator.storage.durable import private_files

LARGEST_OF_A_BOOK = 1 << 20
"""Bytes; of a larger file the planning is a small part."""
CENSUS_KEY = "census_key"


def can_be_of_a_book(path: Path, options: CensusOptions) -> bool:
    """Whether a census may be read together with others: a small file that nothing but its headings describes."""
    return (
        path.suffix.lower() == ".csv"
        and path.stat().st_size <= LARGEST_OF_A_BOOK
        and options == replace(options, sheet=None, mapping=None, key_file=None)
    )


def read_book(censuses: Mapping[str, Path], *, as_of: dt.date, output: Path, options: CensusOptions) -> list[str]:
    """Read what is alike among censuses, and write it as one Parquet file with a further column ``census_key``.

    Args:
        censuses: files that can be of a book, by key.
        as_of: the date that all of them describe.
        output: the Parquet file; not written when no two censuses are alike.
        options: of all of them.

    Returns:
        The keys of those that it holds, as ``read_census`` would have read each. The others have other columns, or
        want to be read by themselves.
    """
    with private_files(), workplace(output) as (connection, folder):
        alike = _alike(connection, censuses, options, folder)
        if len(alike) < 2:
            return []
        tables, (_, recognised) = [table for table, _ in alike.values()], next(iter(alike.values()))
        # The number of its file stands above that of a row; see ``FILE``.
        files = ((number << 32, table.rows) for number, table in enumerate(tables))
        rows = (Row(file + number, cells, damage) for file, listed in files for number, cells, damage in listed)
        table = TextTable(names=tables[0].names, rows=rows)
        staged = load_rows(connection, table, recognised, folder)
        take_for_empty(connection, staged)
        _leave_out(connection, "raw", _odd_ones(connection, staged, options))
        reading = read_columns(connection, staged, options.date_order, as_of, options.birth_date_from_age)
        kinds, _ = check(connection, "", reading, as_of, options.bands)
        if any(kind.row is None for kind in kinds):
            return []
        odd = _numbers(connection, f"SELECT {FILE} FROM typed WHERE {needs_no_pay(as_of)}")
        if kinds:
            broken = "broken JOIN kinds USING (kind) WHERE severity = 'error'"
            odd |= _numbers(connection, f"SELECT {FILE} FROM {broken}")
        _leave_out(connection, "typed", odd)
        kept = _numbers(connection, f"SELECT {FILE} FROM typed")
        connection.execute(f"ALTER TABLE typed ADD COLUMN {CENSUS_KEY} VARCHAR")
        keys = [*alike]
        connection.execute(f"UPDATE typed SET {CENSUS_KEY} = {TEXTS_GIVEN}[1 + ({FILE})]", [json.dumps(keys)])
        write_canonical(connection, output, folder, as_of, [*recognised.groups, CENSUS_KEY])
        return [keys[number] for number in sorted(kept)]


def _alike(
    connection: duckdb.DuckDBPyConnection, censuses: Mapping[str, Path], options: CensusOptions, folder: Path
) -> dict[str, tuple[TextTable, Recognised]]:
    """The most that have the same columns, understood in the same way, by key."""
    by_layout: dict[str, dict[str, tuple[TextTable, Recognised]]] = defaultdict(dict)
    for key, path in censuses.items():
        with suppress(CensusError):  # its own reading says what is wrong
            source = open_source(path, folder)
            if source.format == "csv":
                table = open_table(connection, source, folder)
                recognised = recognise(table.names, table.sample, groups=options.groups)
                by_layout[repr(replace(recognised, notes=()))][key] = table, recognised
    return max(by_layout.values(), key=len, default={})


def _odd_ones(connection: duckdb.DuckDBPyConnection, staged: Staged, options: CensusOptions) -> set[int]:
    """The files of which something would be decided otherwise than of most."""
    recognised = staged.recognised
    odd = _numbers(connection, f"SELECT {FILE} FROM raw WHERE damage IS NOT NULL")
    if "employee_id" in recognised.positions and "employee_id" not in staged.plain:
        odd |= _numbers(connection, f"SELECT {FILE} FROM raw GROUP BY ALL HAVING are_social_security(employee_id)")
    if "employment_status" in recognised.positions:  # the codes of SAP give others another meaning
        odd |= _numbers(connection, f"SELECT {FILE} FROM raw WHERE employment_status IN ('2', '3')")
    for column in recognised.columns:
        if column.kind == "date" and column.name not in staged.plain and options.date_order == "auto":
            odd |= _numbers(connection, f"SELECT {FILE} FROM raw WHERE is_unusual(without_time({column.name}))")
        elif column.kind == "rate":
            rates = rates_by_file(connection, column, staged)
            speaking = {file: one for file, one in rates.items() if one.percents or one.fractions or one.ones}
            usual, _ = Counter(one.style for one in speaking.values()).most_common(1)[0] if speaking else ("", 0)
            odd |= {
                file for file, one in speaking.items() if one.style == "unknown" or one.style != usual or one.is_mixed
            }
    return odd


def _numbers(connection: duckdb.DuckDBPyConnection, query: str) -> set[int]:
    return {number for (number,) in connection.execute(f"SELECT DISTINCT * FROM ({query})").fetchall()}


def _leave_out(connection: duckdb.DuckDBPyConnection, table: str, files: set[int]) -> None:
    if files:
        connection.execute(f"DELETE FROM {table} WHERE {FILE} IN ({', '.join(map(str, files))})")
