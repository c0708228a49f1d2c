"""Reads a census file: names its columns, reads its values, checks every row, writes the canonical Parquet file."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.census.canonical import canonical_notes, keep_usable, write_canonical
from planalign_orchestrator.census.checks import Checks
from planalign_orchestrator.census.columns import MEANINGS
from planalign_orchestrator.census.dates import DateOrder
from planalign_orchestrator.census.faults import Fault, Faults
from planalign_orchestrator.census.reading import Reading, read_columns
from planalign_orchestrator.census.refusal import Findings, refuse_emptiness, refuse_errors
from planalign_orchestrator.census.source import Source, open_source
from planalign_orchestrator.census.staging import Staged, stage
from planalign_orchestrator.census.workplace import protect_source, workplace
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import private_files

OnBadRows = Literal["refuse", "drop"]

_NAMES_LISTED = 20


@dataclass(frozen=True)
class CensusIntake:
    """What reading a census gave.

    Attributes:
        source: how the file is called in messages.
        sha256: of the file's bytes.
        as_of: the date that the census describes.
        output: the canonical Parquet file.
        rejects: the CSV file with all faults; None when there are none.
        rows_read: rows of the file, without blank ones.
        rows_kept: people in ``output``, those who had left included.
        rows_dropped: rows left out because of errors.
        errors: how many errors there are, of the rows left out.
        warnings: how many warnings there are.
        faults: the first faults, errors first; all of them are in ``rejects``.
        notes: what was decided and what the reader should know, in sentences.
        columns: canonical name → the file's own name.
        ignored_columns: the file's columns that nobody knows.
    """

    source: str
    sha256: str
    as_of: dt.date
    output: Path
    rejects: Path | None
    rows_read: int
    rows_kept: int
    rows_dropped: int
    errors: int
    warnings: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    columns: dict[str, str]
    ignored_columns: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        record = asdict(self)
        record["faults"] = [fault.as_record() for fault in self.faults]
        record["as_of"] = self.as_of.isoformat()
        record["output"] = str(self.output)
        record["rejects"] = None if self.rejects is None else str(self.rejects)
        return record


def read_census(
    path: Path,
    *,
    as_of: dt.date,
    output: Path,
    sheet: str | None = None,
    date_order: DateOrder = "auto",
    on_bad_rows: OnBadRows = "refuse",
    rejects: Path | None = None,
    source_name: str | None = None,
) -> CensusIntake:
    """Read a CSV, Parquet or Excel census and write it as canonical Parquet.

    The output holds every canonical column, ordered by employee id, so it does not depend on the order of the rows or
    on other columns of the file.

    Args:
        path: the file; its format is told by its content.
        as_of: the date that the census describes, 31 December before the first plan year.
        output: the Parquet file to write; nothing is written there when the census is refused.
        sheet: of an Excel file; the first one when left out.
        date_order: how 3/4/2019 is read.
        on_bad_rows: whether rows with errors refuse the census or are left out.
        rejects: the CSV file for all faults; beside the output when left out.
        source_name: how messages call the file, when it is not what the user named.

    Raises:
        CensusError: the file cannot be read, or holds errors (then a ``CensusRefusedError``).
        ConfigurationError: a sheet was named for a file that has none.
        OutOfResourcesError: memory or disk ran out.
    """
    source = open_source(path, source_name)
    if sheet is not None and source.format != "excel":
        raise ConfigurationError(
            f"census.sheet is {sheet!r}, but {source.name} is no Excel file", remedy="Leave the sheet out."
        )
    rejects = rejects or output.with_name(f"{output.stem}_rejects.csv")
    protect_source(path, output, rejects)
    with private_files(), workplace(output) as (connection, folder):
        staged = stage(connection, source, sheet, folder)
        reading = read_columns(connection, staged.recognised, date_order, as_of)
        checks = Checks(connection, source, staged.recognised)
        faults = checks.run(reading, as_of)
        if faults.any:
            checks.write_rejects(rejects)
        findings = _findings(source, staged, reading, faults, rejects)
        refuse_errors(findings, rows_may_go=on_bad_rows == "drop")
        kept = keep_usable(connection)
        refuse_emptiness(findings, kept)
        notes = (*findings.notes, *canonical_notes(connection, staged.recognised, as_of))
        write_canonical(connection, output, folder, as_of)
    return CensusIntake(
        source=source.name,
        sha256=source.sha256,
        as_of=as_of,
        output=output,
        rejects=findings.rejects,
        rows_read=staged.rows_read,
        rows_kept=kept,
        rows_dropped=staged.rows_read - kept,
        errors=faults.errors,
        warnings=faults.warnings,
        faults=faults.first,
        notes=notes,
        columns=findings.columns,
        ignored_columns=findings.ignored_columns,
    )


def _findings(source: Source, staged: Staged, reading: Reading, faults: Faults, rejects: Path) -> Findings:
    names = staged.recognised
    return Findings(
        source=source.name,
        rows_read=staged.rows_read,
        columns={meaning: names.column(meaning) for meaning in MEANINGS if meaning in names.positions},
        ignored_columns=tuple(names.names[i] for i in names.ignored),
        notes=(*_column_notes(staged), *staged.notes, *reading.notes),
        faults=faults,
        rejects=rejects if faults.any else None,
    )


def _column_notes(staged: Staged) -> list[str]:
    notes = []
    secret = staged.social_security
    if secret:
        notes.append(
            f"The columns {_listed(secret)} look like social security numbers: they were ignored and never stored."
        )
    ignored = [staged.recognised.names[i] or "(without a name)" for i in staged.recognised.ignored]
    others = [name for name in ignored if name not in secret]
    if others:
        notes.append(f"Columns that were not understood and were ignored: {_listed(others)}.")
    return notes


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
    return ", ".join(names[:_NAMES_LISTED]) + more
