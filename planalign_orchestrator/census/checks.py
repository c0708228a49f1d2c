"""Applies the rules to the table ``typed`` and keeps what breaks them, for the screen and for the rejects file."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from planalign_orchestrator.census.faults import FAULTS_KEPT, Check, Fault, doubt
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import FILE, literal, path_literal
from planalign_orchestrator.census.synonyms import near_meaning
from planalign_orchestrator.storage.durable import make_folder, written_whole
from planalign_orchestrator.warehouse import load_table

_NAMES_LISTED = 12
_VALUE_KEPT = 1000
"""Characters of a value that are handed on in memory; the rejects file has all of it."""
_TEXTS = ("message", "remedy", "meaning", "column_name", "severity")
_KINDS = {"kind": "INTEGER", **dict.fromkeys(_TEXTS, "VARCHAR")}


def check(
    connection: duckdb.DuckDBPyConnection, source: str, recognised: Recognised, of_rows: Iterable[Check]
) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Apply every rule to every row; nothing stops at the first fault. The kinds of faults, and the first of them.

    Args:
        connection: holds ``raw`` and ``typed``; gets ``broken``, the rows at fault, ``kinds``, and ``told``, both
            with the text of the cell.
        source: how messages call the file.
        recognised: which column is what.
        of_rows: the rules of the table.
    """
    found = dict(enumerate(_checks(connection, recognised, of_rows), start=1))
    load_table(connection, "kinds", _KINDS, [[str(kind), *one[:-1]] for kind, one in found.items()])
    broken = " UNION ALL ".join(f"SELECT {kind} AS kind, * FROM ({one.broken})" for kind, one in found.items())
    connection.execute(f"CREATE TEMP TABLE broken AS SELECT kind, #2 AS row_number, #3 AS detail FROM ({broken})")
    cells = " ".join(f"WHEN {literal(name)} THEN raw.{name}" for name in recognised.positions)
    value = f"CASE kinds.meaning {cells} END" if cells else "NULL::VARCHAR"
    connection.execute(
        f"""CREATE TEMP TABLE told AS
            SELECT row_number() OVER (ORDER BY severity, broken.row_number NULLS FIRST, kind) AS place, severity,
                   {literal(source)} AS file, broken.row_number, column_name, {value} AS value,
                   message || detail AS message, remedy, meaning
            FROM broken JOIN kinds USING (kind) LEFT JOIN raw ON raw.row_number = broken.row_number"""
    )
    first = connection.execute(
        f"""SELECT severity, file, row_number, column_name, left(value, {_VALUE_KEPT}), message, remedy, meaning
            FROM told WHERE place <= {FAULTS_KEPT} ORDER BY place"""
    ).fetchall()
    kinds = connection.execute(
        """SELECT severity, rtrim(message, '.:') || '. ' || remedy, column_name, count(*), min(row_number)
           FROM broken JOIN kinds USING (kind) GROUP BY ALL ORDER BY severity, min(kind)"""
    ).fetchall()
    return tuple(Entry(*kind) for kind in kinds), tuple(Fault(*fault) for fault in first)


def _checks(connection: duckdb.DuckDBPyConnection, recognised: Recognised, of_rows: Iterable[Check]) -> Iterator[Check]:
    yield from _of_names(recognised)
    yield doubt("damaged row", broken="SELECT row_number, ' ' || damage || '.' FROM raw WHERE damage IS NOT NULL")
    yield from of_rows
    if "employee_id" not in recognised.positions:
        return
    name = recognised.column("employee_id")
    if recognised.mapping.several_rows == "refuse":
        yield doubt("not unique", name, of="employee_id", broken=f"""SELECT row_number,
                       '; another is row ' || CASE row_number WHEN first THEN last ELSE first END || '.'
                FROM (SELECT *, {FILE} AS file FROM typed)
                JOIN (SELECT employee_id, {FILE} AS file, min(row_number) AS first, max(row_number) AS last FROM typed
                      WHERE employee_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1)
                USING (employee_id, file)""")  # fmt: skip
    if connection.execute(f"SELECT {FILE} FROM raw GROUP BY ALL HAVING are_social_security(employee_id)").fetchone():
        yield doubt("secret ids", name)


def _of_names(recognised: Recognised) -> Iterator[Check]:
    for meaning in recognised.missing:
        yield doubt("no column", meaning=meaning, remedy=_missing_remedy(recognised, meaning))
    for meaning, names in recognised.claims.items():
        yield doubt("several columns", names=" and ".join(map(repr, names)), meaning=meaning)
    yield from recognised.doubts


def _missing_remedy(recognised: Recognised, meaning: str) -> str:
    if meaning == "employee_id" and recognised.secret:
        return (
            "Social security numbers are never an id nor stored: add a column of ids, or set census.pseudonym: "
            "keyed, which makes stable ids of them with a key file of yours."
        )
    names = [recognised.names[i] for i in recognised.ignored if recognised.names[i]]
    if near := [name for name in names if near_meaning(name) == meaning]:
        return f"Rename the column that holds it to {meaning}; near by name: {', '.join(map(repr, near))}."
    if not recognised.positions:
        return "The first row must hold column names; none of its cells is a name that is known here."
    listed = ", ".join(map(repr, names[:_NAMES_LISTED])) or "none"
    imputed = " Ages at hire can stand for it (census.impute.birth_date)." if meaning == "birth_date" else ""
    return f"Add it, or rename the column that holds it to {meaning}; columns not understood: {listed}.{imputed}"


def write_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write all faults as CSV. Values that a spreadsheet would run as formulas are made plain text."""
    make_folder(path.parent)
    with written_whole(path) as temporary:
        connection.execute(
            f"""COPY (SELECT severity, file, row_number AS "row", column_name AS "column", {_harmless("value")},
                       message, remedy
                FROM told ORDER BY place) TO {path_literal(temporary)} (FORMAT csv, HEADER)"""
        )


def _harmless(name: str) -> str:
    """SQL for text that no spreadsheet takes for a formula."""
    formula = f"regexp_matches({name}, '^[=@\\t\\r]|^[+-].*[^0-9.,]')"
    return f"CASE WHEN {formula} THEN chr(39) || {name} ELSE {name} END AS {name}"
