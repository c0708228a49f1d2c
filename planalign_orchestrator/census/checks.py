"""Applies the rules to the table ``typed`` and keeps what breaks them, for the screen and for the rejects file."""

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from planalign_orchestrator.census.faults import FAULTS_KEPT, Fault, FaultKind, Faults
from planalign_orchestrator.census.reading import Reading
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.rules import Band, rules, social_security_ids
from planalign_orchestrator.census.source import Source
from planalign_orchestrator.census.sql import FILE, literal, path_literal
from planalign_orchestrator.census.synonyms import nearest_names
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.warehouse import one_row

_KINDS = "kinds (kind INTEGER, severity VARCHAR, meaning VARCHAR, column_name VARCHAR, message VARCHAR, remedy VARCHAR)"
_NAMES_LISTED = 12
_VALUE_KEPT = 1000
"""Characters of a value that are handed on in memory; the rejects file has all of it."""


class Checks:
    """The checks of one census, on the connection that holds ``raw``, ``damaged`` and ``typed``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, recognised: Recognised) -> None:
        self._connection = connection
        self._source = source
        self._recognised = recognised
        self._kinds: list[str] = []
        self._queries: list[str] = []

    def run(self, reading: Reading, as_of: dt.date, bands: Sequence[Band] = ()) -> Faults:
        """Apply every rule to every row; nothing stops at the first fault.

        Args:
            reading: how the columns were read.
            as_of: the day that the census describes.
            bands: the level table, against which levels are checked.
        """
        self._check_names()
        self._check_damage()
        for rule in rules(self._recognised, reading, as_of, bands):
            name = None if rule.column in self._recognised.positions else rule.column
            kind = self._kind(rule.severity, rule.column, rule.message, rule.remedy, name)
            self._queries.append(f"SELECT row_number, {kind}, '' FROM typed WHERE {rule.where}")
        if "employee_id" in self._recognised.positions:
            if reading.several_rows == "refuse":
                self._check_unique()
            self._check_social_security_ids()
        self._connection.execute(f"CREATE TEMP TABLE {_KINDS}")
        self._connection.execute(f"INSERT INTO kinds VALUES {', '.join(self._kinds)}")
        self._connection.execute("CREATE TEMP TABLE broken (row_number BIGINT, kind INTEGER, detail VARCHAR)")
        self._connection.execute(f"INSERT INTO broken {' UNION ALL '.join(self._queries)}")
        self._tell()
        return self._found()

    def write_rejects(self, path: Path) -> None:
        """Write all faults as CSV. Values that a spreadsheet would run as formulas are made plain text."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection.execute(
                f"""COPY (SELECT severity, file, row_number AS "row", column_name AS "column", {_harmless("value")},
                           message, remedy
                    FROM told ORDER BY place) TO {path_literal(temporary)} (FORMAT csv, HEADER)"""
            )
            temporary.replace(path)
        except (OSError, duckdb.IOException) as error:
            raise ConfigurationError(
                f"{path}: the faults of the census cannot be written there ({error})", remedy="Name another file."
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _kind(self, severity: str, meaning: str | None, message: str, remedy: str, name: str | None = None) -> int:
        """Take down the words for one kind of fault; returns its number."""
        number = len(self._kinds) + 1
        if name is None and meaning in self._recognised.positions:
            name = self._recognised.column(meaning)
        words = (severity, meaning, name, message, remedy)
        told = ", ".join("NULL" if word is None else literal(word) for word in words)
        self._kinds.append(f"({number}, {told})")
        return number

    def _whole_file(self, severity: str, message: str, remedy: str, name: str | None = None) -> None:
        self._queries.append(f"SELECT NULL, {self._kind(severity, None, message, remedy, name)}, ''")

    def _check_names(self) -> None:
        for meaning in self._recognised.missing:
            self._whole_file("error", f"there is no column {meaning}.", self._missing_remedy(meaning))
        for meaning, names in self._recognised.claims.items():
            listed = " and ".join(map(repr, names))
            self._whole_file(
                "error", f"the columns {listed} all mean {meaning}.",
                "Keep one and rename or remove the others, or say in a mapping which counts (planalign census map).",
            )  # fmt: skip
        for doubt in self._recognised.doubts:
            self._whole_file("error", doubt.message, doubt.remedy, doubt.column)

    def _missing_remedy(self, meaning: str) -> str:
        if meaning == "employee_id" and self._recognised.secret:
            return (
                "Social security numbers are never an id nor stored: add a column of ids, or set census.pseudonym: "
                "keyed, which makes stable ids of them with a key file of yours."
            )
        names = [self._recognised.names[i] for i in self._recognised.ignored if self._recognised.names[i]]
        near = nearest_names(meaning, names)
        if near:
            return f"Rename the column that holds it to {meaning}; nearest by name: {', '.join(map(repr, near))}."
        if not self._recognised.positions:
            return "The first row must hold column names; none of its cells is a name that is known here."
        listed = ", ".join(map(repr, names[:_NAMES_LISTED])) or "none"
        return f"Add it, or rename the column that holds it to {meaning}; columns not understood: {listed}."

    def _check_damage(self) -> None:
        kind = self._kind(
            "error", None, "the row cannot be told apart into columns:",
            "Put quotes around values that hold the delimiter, and close every quote.",
        )  # fmt: skip
        self._queries.append(f"SELECT row_number, {kind}, ' ' || damage || '.' FROM damaged")

    def _check_unique(self) -> None:
        kind = self._kind(
            "error", "employee_id", "is not unique: several rows a person, such as one for each pay day or job",
            "Keep one row a person, or say in a mapping several_rows: sum (adds up what was paid) or latest.",
        )  # fmt: skip
        self._queries.append(
            f"""SELECT row_number, {kind},
                       '; another is row ' || CASE row_number WHEN first THEN last ELSE first END || '.'
                FROM (SELECT *, {FILE} AS file FROM typed)
                JOIN (SELECT employee_id, {FILE} AS file, min(row_number) AS first, max(row_number) AS last FROM typed
                      WHERE employee_id IS NOT NULL GROUP BY ALL HAVING count(*) > 1)
                USING (employee_id, file)"""
        )

    def _check_social_security_ids(self) -> None:
        alike = f"SELECT {FILE} FROM raw GROUP BY ALL HAVING {social_security_ids()}"
        if self._connection.execute(alike).fetchone():
            self._whole_file(
                "error", "ids look like social security numbers, which are never stored.",
                "Ids stand in every result: replace them by others that say nothing about a person, or set "
                "census.pseudonym: keyed.",
                self._recognised.column("employee_id"),
            )  # fmt: skip

    def _tell(self) -> None:
        """Join what is broken with the words for it and with the text that stands in the cell."""
        cells = " ".join(f"WHEN {literal(name)} THEN raw.{name}" for name in self._recognised.positions)
        value = f"CASE kinds.meaning {cells} END" if cells else "NULL::VARCHAR"
        self._connection.execute(
            f"""CREATE TEMP TABLE told AS
                SELECT row_number() OVER (ORDER BY severity, broken.row_number NULLS FIRST, kind) AS place, severity,
                       {literal(self._source.name)} AS file, broken.row_number, column_name, {value} AS value,
                       message || detail AS message, remedy, meaning
                FROM broken JOIN kinds USING (kind) LEFT JOIN raw ON raw.row_number = broken.row_number"""
        )

    def _found(self) -> Faults:
        kinds = self._connection.execute(
            """SELECT severity, column_name, message, remedy, count(*), min(row_number)
               FROM broken JOIN kinds USING (kind) GROUP BY ALL ORDER BY severity, min(kind)"""
        ).fetchall()
        rows = self._connection.execute(
            f"SELECT severity, file, row_number, column_name, left(value, {_VALUE_KEPT}), message, remedy, meaning "
            f"FROM told WHERE place <= {FAULTS_KEPT} ORDER BY place"
        ).fetchall()
        errors, warnings, whole_file = one_row(
            self._connection,
            "SELECT count(*) FILTER (WHERE severity = 'error'), count(*) FILTER (WHERE severity = 'warning'), "
            "count(*) FILTER (WHERE severity = 'error' AND row_number IS NULL) FROM told",
        )
        told = tuple(Fault(*row) for row in rows)
        return Faults(told, tuple(FaultKind(*kind) for kind in kinds), errors, warnings, whole_file > 0)


def _harmless(name: str) -> str:
    """SQL for text that no spreadsheet takes for a formula."""
    formula = f"regexp_matches({name}, '^[=@\\t\\r]|^[+-].*[^0-9.,]')"
    return f"CASE WHEN {formula} THEN chr(39) || {name} ELSE {name} END AS {name}"
