"""Brings a census of any format into a table ``raw`` of text, with the row numbers of the file, ids kept or hashed."""

import csv
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from planalign_orchestrator.census.columns import KNOWN, REQUIRED, SOCIAL_SECURITY_NUMBER
from planalign_orchestrator.census.formats import open_table
from planalign_orchestrator.census.mapping import chosen_mapping, load_mapping
from planalign_orchestrator.census.options import CensusOptions
from planalign_orchestrator.census.plain_text import rows_of_plain_text
from planalign_orchestrator.census.quality import Entry, counted_rows, noted
from planalign_orchestrator.census.recognition import Recognised, recognise
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.samples import sample_columns
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.sql import TEXTS_GIVEN, counted, glob_literal, literal
from planalign_orchestrator.census.synonyms import meaning_of
from planalign_orchestrator.census.table import TextTable, of_nobody
from planalign_orchestrator.errors import instead_of
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import one_row

_DAMAGE_SHOWN = 200
_AGAIN = "headings that stand again"
_EMPTY = {
    "is_word_for_none": "words such as N/A, null or -, read as empty.",
    "is_no_date": "dates such as 0000-00-00, read as none.",
}
_LONGEST_LINE = 16_000_000
_LONGEST_PLAIN_LINE = 16_384


@dataclass
class Staged:
    """What the table ``raw`` holds; of rows whose cells cannot be told apart it has the ``damage`` instead.

    Attributes:
        recognised: which column is what.
        rows_read: rows of the file, without blank ones.
        damaged: those of them whose cells cannot be told apart.
        notes: what was decided on the way.
        title: what stands above the headings.
        unreadable: meanings in whose columns a spreadsheet could not show some values.
        plain: meanings in whose columns every cell is written as most files write it; see ``steps.ini``.
    """

    recognised: Recognised
    rows_read: int = 0
    damaged: int = 0
    notes: list[Entry] = field(default_factory=list)
    title: str = ""
    unreadable: tuple[str, ...] = ()
    plain: Set[str] = frozenset()


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
    needed = {name: recognised.positions[name] for name in REQUIRED if name in recognised.positions}
    dates = [position for name, position in needed.items() if KNOWN[name].kind == "date"]

    def is_of_nobody(number: int, cells: list[str]) -> bool:
        what = _AGAIN if cells == table.names else of_nobody(cells, [*needed.values()], dates)
        if what:
            table.passed_over.setdefault(what, []).append(number)
        return what is not None

    if not _load_file(connection, table, staged, dates, is_of_nobody):
        _load_by_row(connection, table, staged, folder / "rows.csv", is_of_nobody)
    if table.blank_rows:
        staged.notes.append(noted("blank rows", rows=counted_rows(table.blank_rows)))
    if table.formulas:
        staged.notes.append(noted("text as formulas", None, table.formulas))
    for what, numbers in table.passed_over.items():
        rows = ", ".join(map(str, numbers))
        staged.notes.append(noted("passed over", what=what, s="s" * (len(numbers) > 1), rows=rows))
    return staged


_Judge = Callable[[int, list[str]], bool]


def _load_file(
    connection: duckdb.DuckDBPyConnection, table: TextTable, staged: Staged, dates: Sequence[int], is_of_nobody: _Judge
) -> bool:
    """Load the file itself where it is plain enough; only rows that may be about nobody are looked at one by one."""
    names, above = table.names, table.first_row - 1
    if table.file is None or not (rows := rows_of_plain_text(table.file, table.delimiter, len(names), above)):
        return False
    columns = [f"c{i}" for i in range(len(names))]
    known = next(iter(staged.recognised.positions.values()), 0)
    words = {
        "path": glob_literal(table.file), "delimiter": literal(table.delimiter), "above": above, "columns": columns,
        "dates": dates, "loaded": staged.recognised.loaded, "known": known, "heading": literal(names[known]),
        "longest": _LONGEST_PLAIN_LINE,
    }  # fmt: skip
    loaded = 0
    with suppress(duckdb.Error):  # row by row it is told what is wrong
        (loaded,) = one_row(connection, rendered(__package__, "plain_text.sql", **words))
    if loaded != rows:
        connection.execute("DROP TABLE IF EXISTS raw")
        return False
    doubtful = connection.execute("SELECT row_number, _cells FROM raw WHERE _cells IS NOT NULL").fetchall()
    table.blank_rows, gone = 0, []
    for number, cells in doubtful:
        texts = [text or "" for text in cells]
        table.blank_rows += not any(texts)
        if not any(texts) or is_of_nobody(number, texts):
            gone.append(number)
    if gone:
        connection.execute(f"DELETE FROM raw WHERE row_number IN ({', '.join(map(str, gone))})")
    staged.rows_read = rows - len(gone)
    return True


def _load_by_row(
    connection: duckdb.DuckDBPyConnection, table: TextTable, staged: Staged, path: Path, is_of_nobody: _Judge
) -> None:
    loaded = staged.recognised.loaded
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        for row in table.rows:
            cells = [*map(str.strip, row.cells)]
            if is_of_nobody(row.number, cells):
                continue
            staged.rows_read += 1
            if row.damage is None:
                write([row.number, "", *[cells[i] for i in loaded.values()]])
            else:
                staged.damaged += 1
                write([row.number, row.damage[:_DAMAGE_SHOWN], *["" for _ in loaded]])
    words = {"path": glob_literal(path), "columns": ["row_number", "damage", *loaded], "longest": _LONGEST_LINE}
    connection.execute(f"CREATE TABLE raw AS FROM {rendered(__package__, 'text_file.sql', **words)}")
    path.unlink()


def _join_ids(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    parts = [f"employee_id_{number}" for number in range(len(staged.recognised.id_parts))]
    if parts:
        joined = f"concat_ws('-', employee_id, {', '.join(parts)})"
        connection.execute(f"UPDATE raw SET employee_id = nullif({joined}, '')")
        names = ", ".join(staged.recognised.names[i] for i in staged.recognised.id_parts)
        staged.notes.append(noted("joined id", staged.recognised.column("employee_id"), names=names))


def _make_pseudonyms(connection: duckdb.DuckDBPyConnection, staged: Staged, key_file: Path) -> None:
    """Replace ids by what a keyed hash makes of them, before anything is checked or told."""
    column = staged.recognised.column("employee_id")
    made = pseudonyms(key_file, column if meaning_of(column) == SOCIAL_SECURITY_NUMBER else None)
    found = connection.execute("SELECT DISTINCT employee_id FROM raw WHERE employee_id IS NOT NULL").fetchall()
    pairs = [json.dumps([value for (value,) in found]), json.dumps([made(value) for (value,) in found])]
    connection.execute(
        "UPDATE raw SET employee_id = pairs.made FROM "
        f"(SELECT unnest({TEXTS_GIVEN}) AS was, unnest({TEXTS_GIVEN}) AS made) AS pairs WHERE employee_id = was", pairs
    )  # fmt: skip
    staged.notes.append(noted("pseudonyms", column, len(found)))


def take_for_empty(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Take words such as ``N/A`` and dates such as ``0000-00-00`` for empty, and find what a spreadsheet failed on.

    In ids such words are data.
    """
    recognised = staged.recognised
    patterns = {one.name: pattern for one in recognised.columns if (pattern := one.plain_cells(recognised.comma))}
    odd = counted(connection, "raw", {name: f"NOT regexp_full_match({name}, '{patterns[name]}')" for name in patterns})
    staged.plain = patterns.keys() - odd
    names = [name for name in recognised.positions if name not in staged.plain]
    dates = {column.name for column in recognised.columns if column.kind == "date" and not column.required}
    concerned = {
        "is_unreadable": names,
        "is_word_for_none": [name for name in names if name != "employee_id"],
        "is_no_date": [name for name in names if name in dates],
    }
    conditions = {(macro, name): f"{macro}({name})" for macro, listed in concerned.items() for name in listed}
    found = counted(connection, "raw", conditions)
    staged.unreadable = tuple(name for macro, name in found if macro == "is_unreadable")
    for (macro, name), count in found.items():
        if told := _EMPTY.get(macro):
            connection.execute(f"UPDATE raw SET {name} = NULL WHERE {macro}({name})")
            words = {"s": "s" * (count > 1), "told": told}
            staged.notes.append(noted("emptied cells", recognised.column(name), count, **words))


_SHORTEST_KEY = 16
_DIGITS = 20
_SEPARATORS = re.compile(r"[\s-]")
_WHOLE = re.compile(r"\d{7,9}")
"""A social security number; a spreadsheet takes the zeros away that it begins with."""


def pseudonyms(key_file: Path, secret: str | None) -> Callable[[str], str]:
    """The function that makes an id of a number: the same for the same key, whatever its dashes and spaces.

    Args:
        key_file: of the user.
        secret: the column, when it holds social security numbers.

    Raises:
        ConfigurationError: the key file cannot be read, is a pipe or a device, or is too short to keep anything secret.
    """
    refuse_pipes(key_file)
    with instead_of(OSError, refused, "no key file", path=key_file):
        key = key_file.read_bytes().strip()
    if len(key) < _SHORTEST_KEY:
        raise refused("short key", path=key_file, length=len(key))

    def made(number: str) -> str:
        plain = _SEPARATORS.sub("", number)
        if plain and secret is not None:
            if not _WHOLE.fullmatch(plain):
                raise refused("no whole number", column=secret)
            plain = plain.zfill(9)
        return f"K{hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}" if plain else ""

    return made
