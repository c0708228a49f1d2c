"""The columns of the canonical census: name, type, what kind of text they are read from, and what stands for absent."""

from dataclasses import dataclass
from typing import Literal, cast

from planalign_orchestrator.tables import table

Kind = Literal["id", "date", "money", "rate", "number", "whole", "flag", "text"]


_AS_IT_STANDS = {"uniform": "{name}", "understood": "{name}", "sense": "{name}"}


@dataclass(frozen=True)
class Column:
    """One column of the canonical census.

    Attributes:
        name: the name in the Parquet file and in the model.
        sql_type: its DuckDB type.
        kind: how its text is read.
        required: without it there is no simulation.
        default: SQL of the value when the cell is empty; None leaves it null.
        assumed: what the simulation takes for granted where the column is absent.
    """

    name: str
    sql_type: str
    kind: Kind
    required: bool = False
    default: str | None = None
    assumed: str | None = None

    @property
    def checked_type(self) -> str:
        """The type in which values are checked, before they are cut to that of the file."""
        return "DECIMAL(18,6)" if self.kind in ("money", "rate", "number") else self.sql_type

    @property
    def _told(self) -> dict[str, str]:
        known = table(__package__, "steps")
        return _AS_IT_STANDS | (known.get(self.name) or known.get(self.kind, {}))

    def plain_cells(self, comma: bool) -> str | None:
        """The pattern of cells that are written as in most files; None where the kind of column has none.

        Args:
            comma: whether the comma is the decimal sign of numbers.
        """
        return None if comma and "DECIMAL" in self._told.get("type", "") else self._told.get("plain")

    def steps(self, comma: bool, is_plain: bool, date: str = "", percents_above: int = 1) -> list[str]:
        """SQL of text made uniform, of text understood, and of a value made sense of, each on what the one before gave.

        Args:
            comma: whether the comma is the decimal sign of numbers.
            is_plain: whether all cells of the column are plain ones.
            date: SQL of the date in a uniform text.
            percents_above: the number above which rates are percents.
        """
        told = self._told
        if is_plain:
            told |= {"uniform": "{name}", "understood": f"TRY_CAST({{name}} AS {told['type']})"}
        words = {"name": self.name, "comma": comma, "date": date, "percents_above": percents_above}
        return [told[step].format(**words) for step in _AS_IT_STANDS]


KNOWN: dict[str, Column] = {
    name: Column(name, row["type"], cast(Kind, row["kind"]), "required" in row, row.get("default"), row.get("assumed"))
    for name, row in table(__package__, "columns").items()
}
"""Every column, the canonical ones first."""

INPUTS: tuple[Column, ...] = tuple(KNOWN[name] for name, row in table(__package__, "columns").items() if "input" in row)
"""What record keepers' and payroll files have beside the canonical columns, from which those are worked out."""

COLUMNS: tuple[Column, ...] = tuple(column for column in KNOWN.values() if column not in INPUTS)
"""In the order of the canonical file, which always holds all of them."""

REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)

STATUS = "employment_status"
"""A status that says 'left' counts like a termination date."""
SOCIAL_SECURITY_NUMBER = "social_security_number"
CONTEXT = "context"
"""What a column holds that is understood and not needed, such as names; ``census.groups`` keeps it."""

REPLACED: dict[str, tuple[str, ...]] = {
    name: tuple(row["replaced_by"].split())
    for name, row in table(__package__, "columns").items()
    if "replaced_by" in row
}
"""Required columns, and the inputs from which they can be worked out."""

MEANINGS: tuple[str, ...] = (*KNOWN, STATUS, SOCIAL_SECURITY_NUMBER, CONTEXT)

UNDECIDED = "REVIEW"
"""What a proposed mapping says where a person must decide; such a mapping is not used."""


def decimals(sql_type: str) -> int:
    """The places of a decimal type."""
    return int(sql_type.rstrip(")").rpartition(",")[2])
