"""Refuses a census, in words that let its owner mend it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planalign_orchestrator.census.faults import Faults
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
        quality: what was decided and what the reader should know.
        faults: what is wrong.
        rejects: the file with all faults; None when there are none.
    """

    source: str
    rows_read: int
    columns: dict[str, str]
    ignored_columns: tuple[str, ...]
    quality: tuple[Entry, ...]
    faults: Faults
    rejects: Path | None

    @property
    def notes(self) -> tuple[str, ...]:
        """The data-quality record in sentences."""
        return tuple(entry.sentence() for entry in self.quality if entry.kind != "column")

    def as_record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "source": self.source,
            "rows_read": self.rows_read,
            "columns": self.columns,
            "ignored_columns": list(self.ignored_columns),
            "notes": list(self.notes),
            "data_quality": [entry.as_record() for entry in self.quality],
            "kinds": [kind.sentence() for kind in self.faults.kinds],
            "errors": self.faults.errors,
            "warnings": self.faults.warnings,
            "faults": [fault.as_record() for fault in self.faults.first],
            "rejects": None if self.rejects is None else str(self.rejects),
        }


class CensusRefusedError(CensusError):
    """The census has errors; carries what was found, for callers that show it in their own way."""

    def __init__(self, message: str, findings: Findings, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.findings = findings


def refuse_errors(findings: Findings, *, rows_may_go: bool) -> None:
    """Refuse a census with errors, unless they go away with the rows that have them."""
    faults = findings.faults
    if not faults.errors or (rows_may_go and not faults.whole_file):
        return
    remedy = "Mend the file and run the command again."
    if not faults.whole_file:
        remedy = "Mend the file, or go on without these rows with --on-bad-rows drop."
    count = "an error" if faults.errors == 1 else f"{faults.errors} errors"
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
    errors = [fault for fault in findings.faults.first if fault.severity == "error"][:FAULTS_SHOWN]
    kinds = [kind for kind in findings.faults.kinds if kind.severity == "error"]
    lines = [f"{headline}:"]
    if len(kinds) < len(errors):
        lines += [f"  {kind.sentence()}" for kind in kinds]
        lines.append(f"The first {len(errors)}:" if findings.faults.errors > len(errors) else "One by one:")
    lines += [f"  {fault.sentence()}" for fault in errors]
    if findings.faults.errors > len(errors):
        lines.append(f"  … and {findings.faults.errors - len(errors)} more")
    return "\n".join([*lines, f"All of them are in {findings.rejects}."])
