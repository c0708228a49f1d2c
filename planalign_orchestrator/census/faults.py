"""What is wrong with a census: one fault per row and column, as a value, a sentence and a line of the rejects file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

FAULTS_KEPT = 1000
"""Faults that are handed on in memory; all of them are in the rejects file."""

_VALUE_SHOWN = 60


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
    """

    severity: Severity
    file: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    remedy: str

    @property
    def place(self) -> str:
        """Where it is, in words."""
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def sentence(self) -> str:
        """The fault in one line: place, value, what is wrong, how to mend it."""
        value = "" if self.value is None else f" {shown(self.value)}"
        return f"{self.place}:{value} {self.message} {self.remedy}"


@dataclass(frozen=True)
class Faults:
    """All faults of a census, counted; the first of them in full, errors before warnings."""

    first: tuple[Fault, ...]
    errors: int
    warnings: int
    whole_file: bool
    """Whether some of the errors are of the whole file, so that leaving out rows does not help."""

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return self.errors + self.warnings > 0


def shown(value: str) -> str:
    """A value as a message shows it: quoted, on one line, not too long."""
    visible = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value)
    return f"'{visible[:_VALUE_SHOWN]}…'" if len(visible) > _VALUE_SHOWN else f"'{visible}'"
