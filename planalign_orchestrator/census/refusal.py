"""Refuses a census, in words that let its owner mend it."""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from planalign_orchestrator.census.faults import Fault, FaultKind
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.errors import CensusError

FAULTS_SHOWN = 20
SHARE_DROPPED = 0.05
"""Share of the rows that may be left out without a word."""


@dataclass(frozen=True)
class Findings:
    """What was found in a census before it was decided whether it can be used.

    Attributes:
        source: how the file is called.
        rows_read: rows of the file, without blank ones.
        columns: canonical name → the file's own name.
        ignored_columns: the file's columns that nobody knows.
        quality: the data-quality record: what was decided and what the reader should know.
        faults: the first faults, errors first; all of them are in ``rejects``.
        kinds: the faults by kind, counted.
        rejects: the CSV file with all faults; None when there are none.
    """

    source: str
    rows_read: int
    columns: dict[str, str]
    ignored_columns: tuple[str, ...]
    quality: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    kinds: tuple[FaultKind, ...]
    rejects: Path | None

    @property
    def errors(self) -> int:
        """How many errors there are, of the rows left out."""
        return sum(kind.count for kind in self.kinds if kind.severity == "error")

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return sum(kind.count for kind in self.kinds if kind.severity == "warning")

    @property
    def is_of_whole_file(self) -> bool:
        """Whether some of the errors are of the whole file, so that leaving out rows does not help."""
        return any(kind.severity == "error" and kind.row is None for kind in self.kinds)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided and changed, in sentences: the record without columns, assumptions and warnings of rows."""
        told = {kind.as_entry() for kind in self.kinds}
        return tuple(
            entry.sentence() for entry in self.quality if entry not in told and entry.kind not in ("column", "assumed")
        )

    def as_record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        record = {
            **asdict(self),
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "kinds": [kind.sentence() for kind in self.kinds],
            "faults": [fault.as_record() for fault in self.faults],
        }
        record["data_quality"] = record.pop("quality")
        return {name: str(value) if isinstance(value, Path | dt.date) else value for name, value in record.items()}


class CensusRefusedError(CensusError):
    """The census has errors; carries what was found, for callers that show it in their own way."""

    def __init__(self, message: str, findings: Findings, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.findings = findings


def refuse_errors(findings: Findings, *, rows_may_go: bool) -> None:
    """Refuse a census with errors, unless they go away with the rows that have them."""
    if not findings.errors or (rows_may_go and not findings.is_of_whole_file):
        return
    remedy = "Mend the file, or go on without these rows with --on-bad-rows drop."
    if findings.is_of_whole_file:
        remedy = "Mend the file and run the command again."
    count = "an error" if findings.errors == 1 else f"{findings.errors} errors"
    raise CensusRefusedError(_told(f"{findings.source}: the census has {count}", findings), findings, remedy=remedy)


def refuse_emptiness(findings: Findings, rows_kept: int) -> None:
    """Refuse a census in which nobody is left."""
    if rows_kept:
        return
    if not findings.rows_read:
        raise CensusRefusedError(
            f"{findings.source}: the file has column names but no people",
            findings,
            remedy="Export the census again.",
        )
    raise CensusRefusedError(
        _told(f"{findings.source}: none of the {findings.rows_read} rows can be used", findings),
        findings,
        remedy="Mend the file; leaving out rows leaves nobody.",
    )


def refuse_dropping(findings: Findings, rows_dropped: int, at_most: int | None, lost: list[str]) -> None:
    """Refuse to leave out many rows, or all of a kind, unless a number says that this is meant.

    Args:
        findings: what was found.
        rows_dropped: how many rows would go.
        at_most: how many may go; None stands for 5%, and for no kind of people as a whole.
        lost: kinds of which nobody would be left.
    """
    allowed = findings.rows_read * SHARE_DROPPED if at_most is None else at_most
    reason = ""
    if rows_dropped > allowed:
        reason = (
            f"{rows_dropped:,} of {findings.rows_read:,} rows have errors, more than may be left out ({allowed:,.0f})"
        )
    elif lost and at_most is None:
        reason = f"leaving out {rows_dropped:,} rows would leave nobody with {', '.join(lost)}"
    if reason:
        raise CensusRefusedError(
            _told(f"{findings.source}: {reason}", findings), findings,
            remedy=f"Mend the file, or say that it is meant with --drop-at-most {rows_dropped} (census.drop_at_most).",
        )  # fmt: skip


def _told(headline: str, findings: Findings) -> str:
    errors = [fault for fault in findings.faults if fault.severity == "error"][:FAULTS_SHOWN]
    kinds = [kind for kind in findings.kinds if kind.severity == "error"]
    more = findings.errors - len(errors)
    lines = [f"{headline}:"]
    if len(kinds) < len(errors):
        lines += [f"  {kind.sentence()}" for kind in kinds]
        lines.append(f"The first {len(errors)}:" if more else "One by one:")
    lines += [f"  {fault.sentence()}" for fault in errors]
    if more:
        lines.append(f"  … and {more} more")
    return "\n".join([*lines, f"All of them are in {findings.rejects}."])
