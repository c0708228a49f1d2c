"""Reads numbers from text, in SQL, and decides for a whole column whether deferral rates are fractions or percents."""

import re
from dataclasses import dataclass
from typing import Literal

import duckdb

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.sql import FILE

WIDE = "DECIMAL(18,6)"
"""The type in which numbers are checked before they are cut to their column's type."""

_PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?"
_GROUPED = r"[+-]?(\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+|\d{1,3}(''\d{3})+)(\.\d*)?"
_EITHER_WAY = r"-?[1-9]\d{0,2}\.\d{3}"
_EITHER_WAY_PATTERN = re.compile(_EITHER_WAY)

_TYPE = "DECIMAL(15,6)"
"""A hundredth of it still fits into 64 bits, which casts a hundred times faster than 128."""


def prepared_number(text: str, comma: bool = False) -> str:
    """SQL, step 1: without dollar signs; ``(5)`` and ``5-`` are -5; every kind of space is a space.

    Args:
        text: SQL of the text.
        comma: whether the decimal sign is a comma, so that ``85.000,50`` becomes ``85,000.50``.
    """
    if comma:
        text = f"translate({text}, '.,', ',.')"
    spaced = f"regexp_replace({text}, '[\\x{{00a0}}\\x{{2009}}\\x{{202f}}]', ' ', 'g')"
    signed = f"regexp_replace(regexp_replace({spaced}, '^\\((.*)\\)$', '-\\1'), '^([^-]*)-$', '-\\1')"
    bare = f"trim(regexp_replace({signed}, '^([+-]?) *(?:US)?\\$ *(-?)|(?i: *USD)$', '\\1\\2'))"
    return f"CASE WHEN regexp_full_match({text}, '[0-9.]*') THEN {text} ELSE {bare} END"


def number(prepared: str) -> str:
    """SQL, step 2: the number in prepared text; null when it is none, or has more than 12 digits before the point.

    A decimal comma (``85.000,50``) is refused, since ``85,000`` is read as thousands.
    """
    return f"""try_cast(CASE WHEN regexp_full_match({prepared}, '{_PLAIN}') THEN {prepared}
        WHEN regexp_full_match({prepared}, '{_GROUPED}') THEN regexp_replace({prepared}, '[, '']', '', 'g')
        END AS {WIDE})"""


def money(prepared: str) -> str:
    """SQL, step 2 for money: ``85.000`` is refused too, as it is 85 to some and 85 000 to others."""
    return f"CASE WHEN NOT {is_either_way(prepared)} THEN {number(prepared)} END"


def is_either_way(text: str) -> str:
    """SQL that is true for text such as ``85.000``."""
    return f"regexp_full_match({text}, '{_EITHER_WAY}')"


def unambiguous(number_text: str) -> str:
    """The text of a number that was stored as a number, so that ``85.125`` cannot be taken for 85 125."""
    return number_text + "0" if _EITHER_WAY_PATTERN.fullmatch(number_text) else number_text


@dataclass(frozen=True)
class RateReading:
    """How the rates of a column are read; a number above 1 and one with a percent sign are percents in any case.

    Attributes:
        style: what the other numbers are; ``unknown`` when all of them are 1, which may be 1% or 100%.
        marked: how many carry a percent sign.
        percents: how many numbers without a sign are above 1.
        fractions: how many numbers without a sign are between 0 and 1.
        ones: how many numbers without a sign are 1.
    """

    style: Literal["fractions", "percents", "unknown"]
    marked: int
    percents: int
    fractions: int
    ones: int

    @property
    def is_mixed(self) -> bool:
        """Whether fractions and percents without a sign stand in one column."""
        return self.percents > 0 and self.fractions > 0

    def value(self, plain: str, marked: str) -> str:
        """SQL for the rate as a fraction, from the number without its sign and whether it had one."""
        limit = "0" if self.style == "percents" else "1"
        hundredth = f"{plain} * 0.01::DECIMAL(3,2)"
        return f"CASE WHEN {marked} OR {plain} > {limit} THEN {hundredth} ELSE {plain} END::DECIMAL(18,8)"

    def is_unclear(self, plain: str, marked: str) -> str:
        """SQL that is true for a 1 of which nobody can say whether it is 1% or 100%."""
        return f"(NOT {marked} AND {plain} = 1)" if self.style == "unknown" else "false"

    def is_odd_one_out(self, plain: str, marked: str) -> str:
        """SQL that is true for a number that is unlike most others of a mixed column."""
        if not self.is_mixed:
            return "false"
        odd = f"{plain} > 1" if self.style == "fractions" else f"{plain} > 0 AND {plain} < 1"
        return f"(NOT {marked} AND {odd})"

    def notes(self, column: str) -> list[Entry]:
        """What was decided, in sentences."""
        told = []
        if self.style == "percents":
            told.append(("the column holds percents; 7.5 was read as 7.5%, which is 0.075.", self.percents))
            if self.ones:
                told.append((f"1 was read as 1% in {self.ones} rows, since the column holds percents.", self.ones))
        elif self.percents:
            text = f"{self.percents} numbers above 1 were read as percents: 7.5 as 7.5%, or 0.075."
            told.append((text, self.percents))
        if self.style == "fractions" and self.ones:
            told.append((f"1 was read as 100% in {self.ones} rows, since the column holds fractions.", self.ones))
        if self.marked:
            told.append((f"{self.marked} values have a percent sign; 7.5% was read as 0.075.", self.marked))
        return [Entry("read", text, column, people) for text, people in told]


def read_rates(connection: duckdb.DuckDBPyConnection, column: str, comma: bool = False) -> RateReading:
    """Look at the whole column of the raw census and decide."""
    return next(iter(rates_by_file(connection, column, comma).values()), RateReading("fractions", 0, 0, 0, 0))


def rates_by_file(connection: duckdb.DuckDBPyConnection, column: str, comma: bool = False) -> dict[int, RateReading]:
    """Decide for each of the files that are read at once; one without a rate is not among them."""
    found = connection.execute(
        f"""SELECT file, count(*) FILTER (WHERE marked), count(*) FILTER (WHERE NOT marked AND rate > 1),
                   count(*) FILTER (WHERE NOT marked AND rate > 0 AND rate < 1),
                   count(*) FILTER (WHERE NOT marked AND rate = 1)
            FROM (SELECT file, marked, {plain_rate("text")} AS rate
                  FROM (SELECT {FILE} AS file, {is_marked(column)} AS marked, {prepared_rate(column, comma)} AS text
                        FROM raw WHERE {column} IS NOT NULL)) GROUP BY file"""
    ).fetchall()
    return {file: RateReading(_style(*unmarked), marked, *unmarked) for file, marked, *unmarked in found}


def _style(percents: int, fractions: int, ones: int) -> Literal["fractions", "percents", "unknown"]:
    if percents > fractions:
        return "percents"
    return "fractions" if fractions or percents or not ones else "unknown"


def is_marked(text: str) -> str:
    """SQL that is true when a percent sign ends the text."""
    return f"ends_with({text}, '%')"


def prepared_rate(text: str, comma: bool = False) -> str:
    """SQL, step 1: without the percent sign."""
    return prepared_number(f"rtrim({text}, '% ')", comma)


def plain_rate(prepared: str) -> str:
    """SQL, step 2: the number as it is written."""
    return f"try_cast({number(prepared)} AS {_TYPE})"
