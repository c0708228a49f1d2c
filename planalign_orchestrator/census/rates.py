"""Decides for a whole column of deferral rates whether they are fractions or percents."""

from dataclasses import dataclass
from typing import Literal

import duckdb

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.sql import FILE


@dataclass(frozen=True)
class RateReading:
    """How the rates of a column are read; a number above 1 and one with a percent sign are percents in any case.

    Attributes:
        marked: how many carry a percent sign.
        percents: how many numbers without a sign are above 1.
        fractions: how many numbers without a sign are between 0 and 1.
        ones: how many numbers without a sign are 1.
    """

    marked: int = 0
    percents: int = 0
    fractions: int = 0
    ones: int = 0

    @property
    def style(self) -> Literal["fractions", "percents", "unknown"]:
        """What the numbers without a sign are; ``unknown`` when all of them are 1, which may be 1% or 100%."""
        if self.percents > self.fractions:
            return "percents"
        return "fractions" if self.fractions or self.percents or not self.ones else "unknown"

    @property
    def is_mixed(self) -> bool:
        """Whether fractions and percents without a sign stand in one column."""
        return self.percents > 0 and self.fractions > 0

    def is_odd(self, number: str) -> str:
        """SQL that is true for a number without a sign that is unlike most others of a mixed column."""
        if not self.is_mixed:
            return "false"
        return f"{number} > 1" if self.style == "fractions" else f"{number} > 0 AND {number} < 1"

    def notes(self, column: str) -> list[Entry]:
        """What was decided, in sentences."""
        told = []
        if self.style == "percents":
            told.append(("the column holds percents: 7.5 is read as 7.5%, which is 0.075.", self.percents))
            told.append((f"1 was read as 1% in {self.ones} rows, since the column holds percents.", self.ones))
        else:
            text = f"{self.percents} numbers above 1 were read as percents, as 7.5 would be: 7.5%, or 0.075."
            told.append((text, self.percents))
        if self.style == "fractions":
            told.append((f"1 was read as 100% in {self.ones} rows, since the column holds fractions.", self.ones))
        told.append((f"{self.marked} values have a percent sign: 7.5% is read as 0.075.", self.marked))
        entries = [Entry("read", text, column, people) for text, people in told if people]
        if self.marked and self.fractions and self.style == "fractions":
            text = "numbers without a percent sign stand beside some with one; 0.5 was read as 50%, not as 0.5%."
            entries.append(Entry("warning", text, column, self.fractions + self.ones))
        return entries


def read_rates(connection: duckdb.DuckDBPyConnection, column: str, comma: bool) -> RateReading:
    """Look at the whole column of the raw census and decide."""
    return next(iter(rates_by_file(connection, column, comma).values()), RateReading())


def rates_by_file(connection: duckdb.DuckDBPyConnection, column: str, comma: bool) -> dict[int, RateReading]:
    """Decide for each of the files that are read at once; one without a rate is not among them."""
    found = connection.execute(
        f"""SELECT file, count(*) FILTER (WHERE marked), count(*) FILTER (WHERE NOT marked AND rate > 1),
                   count(*) FILTER (WHERE NOT marked AND rate > 0 AND rate < 1),
                   count(*) FILTER (WHERE NOT marked AND rate = 1)
            FROM (SELECT file, marked, as_plain_rate(bare) AS rate
                  FROM (SELECT {FILE} AS file, is_marked({column}) AS marked, bare_rate({column}, {comma}) AS bare
                        FROM raw WHERE {column} IS NOT NULL)) GROUP BY file"""
    ).fetchall()
    return {file: RateReading(*counts) for file, *counts in found}
