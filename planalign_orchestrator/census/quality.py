"""The data-quality record: what became of a census on its way into the simulation, from intake to every report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from planalign_orchestrator.tables import said

QualityKind = Literal["column", "read", "changed", "imputed", "assumed", "left out", "warning", "error"]

_TOLD: dict[str, str] = {
    "warning": "{} warning{s}", "changed": "{} change{s}", "imputed": "{} imputation{s}",
    "assumed": "{} assumption{s} for what is absent", "left out": "{} item{s} left out",
}  # fmt: skip
"""What the headline counts; which column was read and how is no news."""


NOTHING = "nothing to tell"


@dataclass(frozen=True)
class Entry:
    """One thing that a reader of the results should know about the census.

    Attributes:
        kind: what became of the values.
        text: it in a sentence, without anybody's pay.
        column: as the file calls it; None for the whole file.
        people: how many rows it concerns; None for the whole file.
        row: an example.
    """

    kind: QualityKind
    text: str
    column: str | None = None
    people: int | None = None
    row: int | None = None

    def sentence(self) -> str:
        """The entry in one line."""
        place = f"{self.column}: " if self.column else ""
        rows = "" if self.people is None else f"{counted_rows(self.people)}, "
        example = f" ({rows}such as row {self.row})" if self.row else ""
        return f"{place}{self.text}{example}"


def noted(
    what: str, column: str | None = None, people: int | None = None, row: int | None = None, /, **words: object
) -> Entry:
    """An entry as ``notes.ini`` tells it."""
    found = said(__package__, "notes", what, people=people, **words)
    return Entry(cast(QualityKind, found.get("kind", "read")), found["says"], column, people, row)


def counted_rows(count: int) -> str:
    """``1 row``, ``1,000 rows``."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def headline(record: Iterable[Mapping[str, Any]]) -> str:
    """The record in one line.

    Args:
        record: entries as plain values, as a run's record holds them.
    """
    counts = Counter(str(entry["kind"]) for entry in record)
    parts = [
        text.format(counts[kind], s="" if counts[kind] == 1 else "s") for kind, text in _TOLD.items() if counts[kind]
    ]
    return ", ".join(parts) or NOTHING


def quality_warnings(record: Iterable[Mapping[str, Any]]) -> list[str]:
    """What stands among a report's warnings: each warning of the census, and the headline of the rest."""
    entries = list(record)
    plain = [Entry(**entry) for entry in entries]
    told = [f"census: {entry.sentence()}" for entry in plain if entry.kind == "warning"]
    rest = headline(entry for entry in entries if entry["kind"] != "warning")
    return [*told, *([] if rest == NOTHING else [f"census: {rest}; see data quality"])]
