"""Reads a census file: names its columns, reads its values, checks every row, writes the canonical Parquet file."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from planalign_orchestrator.census.canonical import canonical_notes, keep_usable, write_canonical
from planalign_orchestrator.census.checks import Checks
from planalign_orchestrator.census.columns import MEANINGS
from planalign_orchestrator.census.dates import DateOrder
from planalign_orchestrator.census.faults import FAULTS_SHOWN, CensusRefusedError, Fault, Faults
from planalign_orchestrator.census.reading import read_columns
from planalign_orchestrator.census.source import Source, open_source
from planalign_orchestrator.census.staging import Staged, stage
from planalign_orchestrator.census.synonyms import Recognised
from planalign_orchestrator.errors import CensusError, ConfigurationError, OutOfResourcesError

OnBadRows = Literal["refuse", "drop"]

_MEMORY_LIMIT = "512MiB"
_IGNORED_LISTED = 20


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
    with _workplace(output) as (connection, folder):
        staged = stage(connection, source, sheet, folder)
        reading = read_columns(connection, staged.recognised, date_order, as_of)
        checks = Checks(connection, source, staged.recognised)
        faults = checks.run(reading, as_of)
        told = faults.errors + faults.warnings > 0
        if told:
            checks.write_rejects(rejects)
        notes = (*_column_notes(staged), *staged.notes, *reading.notes)
        _refuse_errors(source, faults, notes, on_bad_rows, rejects)
        kept = keep_usable(connection)
        _refuse_emptiness(source, staged, faults, notes, rejects, kept)
        notes += tuple(canonical_notes(connection, staged.recognised, as_of))
        write_canonical(connection, output, folder, as_of)
    return CensusIntake(
        source=source.name,
        sha256=source.sha256,
        as_of=as_of,
        output=output,
        rejects=rejects if told else None,
        rows_read=staged.rows_read,
        rows_kept=kept,
        rows_dropped=staged.rows_read - kept,
        errors=faults.errors,
        warnings=faults.warnings,
        faults=faults.first,
        notes=notes,
        columns=_columns(staged.recognised),
        ignored_columns=tuple(staged.recognised.names[i] for i in staged.recognised.ignored),
    )


@contextmanager
def _workplace(output: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A database of bounded memory and a folder beside the output; both go away at the end."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".census-", dir=output.parent) as name:
        folder = Path(name)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY_LIMIT,
            "threads": 1,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with closing(duckdb.connect(str(folder / "intake.duckdb"), config=settings)) as connection:
            try:
                yield connection, folder
            except duckdb.OutOfMemoryException as error:
                raise OutOfResourcesError(
                    f"memory ran out while reading the census ({str(error).splitlines()[0]})",
                    remedy=f"Free disk space at {output.parent}, where the intake spills to.",
                ) from error


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
    more = f" and {len(names) - _IGNORED_LISTED} more" if len(names) > _IGNORED_LISTED else ""
    return ", ".join(names[:_IGNORED_LISTED]) + more


def _columns(recognised: Recognised) -> dict[str, str]:
    return {meaning: recognised.column(meaning) for meaning in MEANINGS if meaning in recognised.positions}


def _refuse_errors(
    source: Source, faults: Faults, notes: tuple[str, ...], on_bad_rows: OnBadRows, rejects: Path
) -> None:
    if not faults.errors or (on_bad_rows == "drop" and not faults.whole_file):
        return
    raise CensusRefusedError(
        _told(f"{source.name}: the census has {faults.errors} errors", faults, rejects), faults, notes,
        remedy=_remedy(faults),
    )  # fmt: skip


def _refuse_emptiness(
    source: Source, staged: Staged, faults: Faults, notes: tuple[str, ...], rejects: Path, kept: int
) -> None:
    if kept:
        return
    if not staged.rows_read:
        raise CensusError(
            f"{source.name}: the file has column names but no people", remedy="Export the census again."
        )
    raise CensusRefusedError(
        _told(f"{source.name}: none of the {staged.rows_read} rows can be used", faults, rejects), faults, notes,
        remedy="Mend the file; leaving out rows leaves nobody.",
    )  # fmt: skip


def _told(headline: str, faults: Faults, rejects: Path) -> str:
    errors = [fault for fault in faults.first if fault.severity == "error"][:FAULTS_SHOWN]
    lines = [f"{headline}:" if errors else headline, *(f"  {fault.sentence()}" for fault in errors)]
    if faults.errors > len(errors):
        lines.append(f"  … and {faults.errors - len(errors)} more")
    return "\n".join([*lines, f"All of them are in {rejects}."])


def _remedy(faults: Faults) -> str:
    if faults.whole_file:
        return "Mend the file and run the command again."
    return "Mend the file, or go on without these rows with --on-bad-rows drop."
