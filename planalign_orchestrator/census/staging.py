"""Brings a census of any format into a table ``raw`` of text, with the row numbers of the file.

A Parquet file is read as text too, so that its values pass the same checks as everybody's.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import KNOWN, SOCIAL_SECURITY_NUMBER, decimals
from planalign_orchestrator.census.excel_file import open_excel
from planalign_orchestrator.census.layout import chosen_mapping
from planalign_orchestrator.census.mapping import load_mapping
from planalign_orchestrator.census.options import CensusOptions
from planalign_orchestrator.census.pseudonyms import pseudonyms
from planalign_orchestrator.census.quality import Entry, counted_rows
from planalign_orchestrator.census.recognition import Recognised, recognise
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.samples import sample_columns
from planalign_orchestrator.census.source import Source, refuse_dense
from planalign_orchestrator.census.sql import SPACES, glob_literal, literal, path_literal
from planalign_orchestrator.census.synonyms import meaning_of
from planalign_orchestrator.census.table import TextTable, numbered_rows, of_nobody, open_text
from planalign_orchestrator.warehouse import fetch_dicts

_DAMAGE_SHOWN = 200
_LONGEST_LINE = 16_000_000


@dataclass
class Staged:
    """What the table ``raw`` holds; of rows whose cells cannot be told apart it has the ``damage`` instead.

    Attributes:
        recognised: which column is what.
        rows_read: rows of the file, without blank ones.
        notes: what was decided on the way.
        title: what stands above the headings.
        unreadable: meanings in whose columns a spreadsheet could not show some values.
    """

    recognised: Recognised
    rows_read: int = 0
    notes: list[Entry] = field(default_factory=list)
    title: str = ""
    unreadable: tuple[str, ...] = ()


def open_table(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    folder: Path,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    proposing: bool = False,
) -> TextTable:
    """Open a file of any format at the row of its headings; when proposing, at the sheet that fits best."""
    if source.format == "parquet":
        table = open_parquet(connection, source, folder)
    elif source.format == "excel":
        table = open_excel(source, sheet, header_row, folder, proposing=proposing)
    else:
        table = open_text(source, header_row)
    table.take_sample()
    return table


def stage(connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, wanted: CensusOptions) -> Staged:
    """Load a census into ``raw``: one text column per meaning that was recognised, empty cells as null.

    Args:
        connection: where the table is made.
        source: the file.
        folder: for the file in between; removed by whoever made it.
        wanted: how the census is to be read.
    """
    path = wanted.mapping
    mapping = load_mapping(path) if path is not None and not path.is_dir() else None
    sheet, header_row = (mapping.sheet, mapping.header_row) if mapping else (None, None)
    table = open_table(connection, source, folder, sheet=wanted.sheet or sheet, header_row=header_row)
    if path is not None and mapping is None:
        mapping = chosen_mapping(path, table.names, sample_columns(table.names, table.sample))
    keyed = wanted.key_file is not None
    recognised = recognise(table.names, table.sample, mapping, groups=wanted.groups, keyed=keyed)
    if wanted.birth_date_from_age is not None:
        recognised = replace(recognised, imputed=("birth_date",))
    staged = load_rows(connection, table, recognised, folder)
    _join_ids(connection, staged)
    if wanted.key_file is not None and "employee_id" in recognised.positions:
        _make_pseudonyms(connection, staged, wanted.key_file)
    take_for_empty(connection, staged)
    return staged


def load_rows(connection: duckdb.DuckDBPyConnection, table: TextTable, recognised: Recognised, folder: Path) -> Staged:
    """Load the recognised cells of every row of a table into ``raw``, as they stand there."""
    staged = Staged(recognised, notes=table.notes, title=table.title)
    path = folder / "rows.csv"
    positions = [*recognised.loaded.values()]
    dates = [recognised.positions[name] for name in ("birth_date", "hire_date") if name in recognised.positions]
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        for row in table.rows:
            cells = [*map(str.strip, row.cells)]
            if what := "headings that stand again" if cells == table.names else of_nobody(cells, dates):
                table.passed_over.setdefault(what, []).append(row.number)
                continue
            staged.rows_read += 1
            if row.damage is None:
                write([row.number, "", *[cells[i] for i in positions]])
            else:
                write([row.number, row.damage[:_DAMAGE_SHOWN], *["" for _ in positions]])
    connection.execute(f"CREATE TABLE raw AS FROM {_read_back(path, ['damage', *recognised.loaded])}")
    path.unlink()
    if table.blank_rows:
        staged.notes.append(Entry("left out", f"{counted_rows(table.blank_rows)} passed over as blank."))
    for what, numbers in table.passed_over.items():
        rows = ", ".join(map(str, numbers))
        staged.notes.append(Entry("left out", f"passed over as {what}: row{'s' * (len(numbers) > 1)} {rows}."))
    return staged


def _read_back(path: Path, columns: Iterable[str]) -> str:
    described = ", ".join(["row_number: 'BIGINT'", *(f"{literal(name)}: 'VARCHAR'" for name in columns)])
    return (
        f"read_csv({glob_literal(path)}, columns = {{{described}}}, header = false, auto_detect = false, "
        f"""delim = ',', quote = '"', escape = '"', new_line = '\\n', max_line_size = {_LONGEST_LINE})"""
    )


def _join_ids(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    parts = [f"employee_id_{number}" for number in range(len(staged.recognised.id_parts))]
    if parts:
        joined = f"concat_ws('-', employee_id, {', '.join(parts)})"
        connection.execute(f"UPDATE raw SET employee_id = nullif({joined}, '')")
        names = ", ".join(staged.recognised.names[i] for i in staged.recognised.id_parts)
        text = f"the id was made of this column and {names}."
        staged.notes.append(Entry("changed", text, staged.recognised.column("employee_id")))


def _make_pseudonyms(connection: duckdb.DuckDBPyConnection, staged: Staged, key_file: Path) -> None:
    """Replace ids by what a keyed hash makes of them, before anything is checked or told."""
    column = staged.recognised.column("employee_id")
    made = pseudonyms(key_file, column if meaning_of(column) == SOCIAL_SECURITY_NUMBER else None)
    found = connection.execute("SELECT DISTINCT employee_id FROM raw WHERE employee_id IS NOT NULL").fetchall()
    pairs = [[value for (value,) in found], [made(value) for (value,) in found]]
    connection.execute(
        "UPDATE raw SET employee_id = pairs.made FROM "
        "(SELECT unnest(?::VARCHAR[]) AS was, unnest(?::VARCHAR[]) AS made) AS pairs WHERE employee_id = was", pairs
    )  # fmt: skip
    text = "ids are pseudonyms, made by a keyed hash (census.pseudonym)."
    staged.notes.append(Entry("changed", text, column, len(found)))


def take_for_empty(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Take words such as ``N/A`` and dates such as ``0000-00-00`` for empty, and find what a spreadsheet failed on.

    In ids such words are data.
    """
    names = staged.recognised.positions
    dates = [name for name in names if name in KNOWN and KNOWN[name].kind == "date" and not KNOWN[name].required]
    staged.unreadable = tuple(_counted(connection, "is_unreadable", names))
    for macro, concerned, told in (
        (
            "is_word_for_none",
            [name for name in names if name != "employee_id"],
            "words such as N/A, null or -, read as empty.",
        ),
        ("is_no_date", dates, "dates such as 0000-00-00, read as none."),
    ):
        for name, count in _counted(connection, macro, concerned).items():
            connection.execute(f"UPDATE raw SET {name} = NULL WHERE {macro}({name})")
            text = f"{count:,} cell{'s' * (count > 1)} with {told}"
            staged.notes.append(Entry("changed", text, staged.recognised.column(name), count))


def _counted(connection: duckdb.DuckDBPyConnection, macro: str, names: Iterable[str]) -> dict[str, int]:
    """For which columns a macro is true of some cell, and of how many."""
    counted = ", ".join(f"count(*) FILTER (WHERE {macro}({name})) AS {name}" for name in names)
    counts = fetch_dicts(connection, f"SELECT {counted} FROM raw")[0] if counted else {}
    return {name: count for name, count in counts.items() if count}


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
