"""What is wrong with a census: one fault per row and column, as a value, a sentence and a line of the rejects file."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from planalign_orchestrator.census.sql import SOCIAL_SECURITY, UNREADABLE
from planalign_orchestrator.tables import said, table
from planalign_orchestrator.visible import visible

Severity = Literal["error", "warning"]

FAULTS_KEPT = 1000
"""Faults that are handed on in memory; all of them are in the rejects file."""

_VALUE_SHOWN = 60
_CONFIDENTIAL = {name for name, row in table(__package__, "columns").items() if "confidential" in row}
"""Meanings whose values no message shows."""
_DIGIT = re.compile(r"\d")
_IS_ZERO = re.compile(r"[-+$(]*0[0.,]*\)?")
_SOCIAL_SECURITY_INSIDE = re.compile(SOCIAL_SECURITY)
_LIKE_PAY = re.compile(r"(?<![\d.,])(?!\d+\.\d{1,2}\.\d)[1-9](?:[.,'\s]?\d){4,}")
"""A number of five digits that is no date: where a row is shifted, pay stands in another column."""
_WHOLE_FILE = "SELECT NULL::BIGINT, ''"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, or unlikely.

    Attributes:
        severity: an error makes the row unusable; a warning is told and changes nothing.
        file: name of the file.
        row: its number in the file, counting the row of names (a Parquet file has none); None for the whole file.
        column: as the file calls it; None for the whole row.
        value: what stands there; None when it is empty, or when no single cell is at fault.
        message: what is wrong.
        remedy: how to mend it.
        meaning: what the column holds; None for the whole row or file.
    """

    severity: Severity
    file: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    remedy: str
    meaning: str | None = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        row = "" if self.row is None else f", row {self.row}"
        return f"{self.file}{row}" + ("" if self.column is None else f", column {self.column}")

    def sentence(self) -> str:
        """The fault in one line: place, value, what is wrong, how to mend it."""
        value = "" if self.value is None else f" {shown(self._public_value())}"
        return visible(f"{self.place}:{value} {self.message} {self.remedy}")

    def as_record(self) -> dict[str, Any]:
        """The fault as plain values, for JSON that may end in a log."""
        return {**asdict(self), "value": None if self.value is None else self._public_value()}

    def _public_value(self) -> str:
        """The value; of pay, balances and birth dates only how they are written, digits as ``#``."""
        value = self.value or ""
        if self.meaning in _CONFIDENTIAL and not _IS_ZERO.fullmatch(value) and not re.fullmatch(UNREADABLE, value):
            return _DIGIT.sub("#", value)
        return _hashed(_SOCIAL_SECURITY_INSIDE, value) if self.meaning == "employee_id" else masked(value)


class Check(NamedTuple):
    """One thing that may be wrong.

    Attributes:
        message: what is wrong, going on after the value.
        remedy: how to mend it.
        meaning: of the cell that is at fault; None when that is no single one.
        name: the column as the file calls it.
        severity: whether the row can still be used.
        broken: SQL of the numbers of the rows at fault, each with a detail; a row without a number is the whole file.
    """

    message: str
    remedy: str
    meaning: str | None = None
    name: str | None = None
    severity: Severity = "error"
    broken: str = _WHOLE_FILE


def doubt(
    kind: str, name: str | None = None, *, of: str | None = None, broken: str = _WHOLE_FILE, **words: str
) -> Check:
    """A check as ``doubts.ini`` tells it.

    Args:
        kind: its name there.
        name: the column as the file calls it.
        of: the meaning of the cells at fault.
        broken: see ``Check``.
        words: those in braces.
    """
    row = said(__package__, "doubts", kind, **words)
    return Check(row["says"], row["remedy"], of, name, broken=broken)


def masked(text: str) -> str:
    """Text in which of social security numbers, and of what may be pay, only the marks between the digits are left."""
    return _hashed(_LIKE_PAY, _hashed(_SOCIAL_SECURITY_INSIDE, text))


def _hashed(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: _DIGIT.sub("#", found[0]), text)


def shown(value: str) -> str:
    """A value as a message shows it: quoted, on one line, not too long."""
    clear = visible(value[: _VALUE_SHOWN + 1])
    return f"'{clear[:_VALUE_SHOWN]}…'" if len(clear) > _VALUE_SHOWN else f"'{clear}'"
