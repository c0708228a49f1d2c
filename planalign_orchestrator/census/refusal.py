"""Refuses a census, a setting or an argument in words that let its owner mend it: ``refusals.ini``."""

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from planalign_orchestrator.census.faults import Fault
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.errors import CensusError, ConfigurationError, OutOfResourcesError, PlanAlignError
from planalign_orchestrator.tables import rendered, said

FAULTS_SHOWN = 20
SHARE_DROPPED = 0.05
"""Share of the rows that may be left out without a word."""


def refused(kind: str, **words: object) -> PlanAlignError:
    """An error as ``refusals.ini`` tells it; an error among the words is told in a line."""
    told = {name: _line(word) if isinstance(word, BaseException) else word for name, word in words.items()}
    row = said(__package__, "refusals", kind, **told)
    says, remedy = row["says"], row["remedy"]
    if "resources" in row:
        return OutOfResourcesError(says, remedy=remedy)
    return ConfigurationError(says, remedy=remedy) if "setting" in row else CensusError(says, remedy=remedy)


def _line(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return said.splitlines()[0] if said else type(error).__name__


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
    kinds: tuple[Entry, ...]
    rejects: Path | None

    @property
    def errors(self) -> int:
        """How many errors there are, of the rows left out."""
        return self._count("error")

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return self._count("warning")

    def _count(self, severity: str) -> int:
        return sum(kind.people or 0 for kind in self.kinds if kind.kind == severity)

    @property
    def is_of_whole_file(self) -> bool:
        """Whether some of the errors are of the whole file, so that leaving out rows does not help."""
        return any(kind.kind == "error" and kind.row is None for kind in self.kinds)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided and changed, in sentences: the record without columns, assumptions and warnings of rows."""
        told = {*self.kinds}
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

    def __init__(self, message: str, findings: Findings, *, remedy: str | None) -> None:
        super().__init__(message, remedy=remedy)
        self.findings = findings


def refuse_errors(findings: Findings, *, rows_may_go: bool) -> None:
    """Refuse a census with errors, unless they go away with the rows that have them."""
    count = "an error" if findings.errors == 1 else f"{findings.errors} errors"
    if findings.is_of_whole_file:
        _refuse(findings, "errors of the file", count=count)
    if findings.errors and not rows_may_go:
        _refuse(findings, "errors of rows", count=count)


def refuse_losses(findings: Findings, kept: int, dropped: int, at_most: int | None, lost: list[str]) -> None:
    """Refuse to leave out all rows; or many, or all of a kind, unless a number says that this is meant.

    Args:
        findings: what was found.
        kept: how many people would be left.
        dropped: how many rows would go.
        at_most: how many may go; None stands for 5%, and for no kind of people as a whole.
        lost: kinds of which nobody would be left.
    """
    rows = findings.rows_read
    if not rows:
        _refuse(findings, "no people")
    if not kept:
        _refuse(findings, "nobody usable", rows=rows)
    allowed = rows * SHARE_DROPPED if at_most is None else at_most
    if dropped > allowed:
        _refuse(findings, "many rows dropped", dropped=dropped, rows=rows, allowed=allowed)
    if lost and at_most is None:
        _refuse(findings, "kinds lost", dropped=dropped, lost=", ".join(lost))


def _refuse(findings: Findings, kind: str, **words: object) -> NoReturn:
    told = refused(kind, source=findings.source, **words)
    faults = [fault for fault in findings.faults if fault.severity == "error"][:FAULTS_SHOWN]
    kinds = [kind for kind in findings.kinds if kind.kind == "error"]
    words = {"headline": told.message, "findings": findings, "faults": faults, "kinds": kinds}
    raise CensusRefusedError(rendered(__package__, "refused.txt", **words), findings, remedy=told.remedy)
