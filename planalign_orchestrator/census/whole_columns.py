"""Decides for whole columns how they are read: is 3/4/2019 in March or in April, are rates fractions or percents."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb

from planalign_orchestrator.census.columns import Column
from planalign_orchestrator.census.options import DateOrder
from planalign_orchestrator.census.quality import Entry, noted
from planalign_orchestrator.census.sql import FILE
from planalign_orchestrator.census.staging import Staged
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts

Order = Literal["month_first", "day_first"]

_LATEST, _YEARS_AHEAD = {"birth_date": -14, "hire_date": 0}, 20
"""How many years after the as-of date the dates of a column end."""

_HABITS: dict[str, Order] = {"dashed": "month_first", "dotted": "day_first"}
"""What comes first in 3/4/2019 and in 3.4.2019 where nothing shows it."""
_EXAMPLES = {"dashed": "3/4/2019", "dotted": "3.4.2019"}
_READ_AS = {"month_first": "March 4, month first", "day_first": "April 3, day first"}


@dataclass(frozen=True)
class DateReading:
    """How the dates of one column are read.

    Attributes:
        column: its canonical name.
        dashed: what comes first in 3/4/2019 and 3-4-2019.
        dotted: what comes first in 3.4.2019.
        last_year: two-digit years fall into the hundred years that end with this one.
    """

    column: str
    dashed: Order
    dotted: Order
    last_year: int

    @property
    def parsed(self) -> str:
        """SQL of the date in the column's prepared text, in any year; null when it is none."""
        dashed = "%m-%d-%Y" if self.dashed == "month_first" else "%d-%m-%Y"
        dotted = "%m.%d.%Y" if self.dotted == "month_first" else "%d.%m.%Y"
        return f"as_date({self.column}, '{dashed}', '{dotted}', {self.last_year})"


def read_date_orders(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    wanted: DateOrder,
    as_of: dt.date,
    plain: Container[str] = (),
) -> tuple[dict[str, DateReading], list[Entry]]:
    """Decide for each date column of the raw census; what was decided comes back as sentences too.

    A column that shows nothing follows the file's other date columns, and after them the habit of the United States
    (with dots: of Europe).

    Args:
        connection: holds the table ``raw``.
        columns: canonical name → name in the file, of the date columns.
        wanted: what the user asked for.
        as_of: people of the census were hired by then; it tells the century of two-digit years.
        plain: those that hold ISO dates only.
    """
    found = {column: Counter[str]() for column in columns}
    for column in (column for column in columns if column not in plain):
        found[column].update(fetch_dicts(connection, rendered(__package__, "dates.sql", column=column))[0])
    together = sum(found.values(), Counter[str]())
    readings = {}
    notes: list[Entry] = []
    for column, counts in found.items():
        orders = {written: _decided(written, counts, together, wanted) for written in _HABITS}
        (dashed, _), (dotted, _) = orders.values()
        readings[column] = DateReading(column, dashed, dotted, as_of.year + _LATEST.get(column, _YEARS_AHEAD))
        for written, (order, why) in orders.items():
            if counts[written]:
                words = {"example": _EXAMPLES[written], "order": _READ_AS[order], "why": why}
                notes.append(noted("date order", columns[column], counts[written], **words))
        notes += _other_notes(columns[column], counts, readings[column].last_year)
    return readings, notes


def _decided(written: str, own: Counter[str], together: Counter[str], wanted: DateOrder) -> tuple[Order, str]:
    """What comes first in the dates of a column that are written in one way, and why."""
    if wanted != "auto":
        return wanted, "as asked for"
    if order := _verdict(written, own):
        return order, f"{own[f'{written}_{order}']} of {own[written]} dates show it"
    if order := _verdict(written, together):
        return order, "the file's other dates show it"
    return _HABITS[written], "nothing in the file shows it; set the date order if this is wrong"


def _verdict(written: str, counts: Counter[str]) -> Order | None:
    """What the dates that can only be read one way show, if they show anything."""
    day_first, month_first = counts[f"{written}_day_first"], counts[f"{written}_month_first"]
    if day_first == month_first:
        return None
    return "day_first" if day_first > month_first else "month_first"


def _other_notes(name: str, counts: Counter[str], last_year: int) -> Iterator[Entry]:
    if serials := counts["serials"]:
        yield noted("serial dates", name, serials)
    if short := counts["two_digit_years"]:
        yield noted("short years", name, short, first=last_year - 99, last=last_year)
    day_first, month_first, iso = counts["dashed_day_first"], counts["dashed_month_first"], counts["iso"]
    if day_first and month_first:
        words = {"day_first": day_first, "month_first": month_first}
        yield noted("two orders", name, min(day_first, month_first), counts["day_first_row"], **words)
    if iso and not counts["iso_late"] and day_first and day_first == counts["dashed"]:
        yield noted("swapped dates", name, iso, counts["iso_row"], day_first=day_first)


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
        of_fractions = self.style == "fractions"
        told = {
            "percents" if self.style == "percents" else "percents of fractions": self.percents,
            f"ones of {self.style}": 0 if self.style == "unknown" else self.ones,
            "marked rates": self.marked,
            "unmarked rates": self.fractions + self.ones if of_fractions and self.marked and self.fractions else 0,
        }
        return [noted(what, column, people) for what, people in told.items() if people]


def rates_by_file(connection: duckdb.DuckDBPyConnection, column: Column, staged: Staged) -> dict[int, RateReading]:
    """Decide how a column is read in each of the files that are read at once; those without a rate come by default."""
    uniform, understood, _ = column.steps(staged.recognised.comma, column.name in staged.plain)
    query = rendered(__package__, "rates.sql", file=FILE, column=column.name, uniform=uniform, understood=understood)
    found = connection.execute(query).fetchall()
    return defaultdict(RateReading, {file: RateReading(*counts) for file, *counts in found})
