"""Decides, for a whole column, whether 3/4/2019 is in March or in April; and finds the day that a census describes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from planalign_orchestrator.census.dates import (
    DASHED,
    DOTTED,
    SERIAL,
    DateOrder,
    DateReading,
    Order,
    has_two_digit_year,
    without_time,
)
from planalign_orchestrator.census.quality import Entry, QualityKind
from planalign_orchestrator.census.staging import Staged
from planalign_orchestrator.warehouse import one_row

_YEARS_AHEAD = 20
_YOUNGEST = 14

_PROVISIONAL = dt.date(2035, 12, 31)
"""For the century of two-digit years."""
_DATES = (
    "hire_date", "rehire_date", "original_hire_date", "termination_date", "second_termination_date", "period_date",
)  # fmt: skip


@dataclass(frozen=True)
class _Evidence:
    """How many dates of a column can only be read one way."""

    total: int = 0
    day_first: int = 0
    month_first: int = 0

    def __add__(self, other: _Evidence) -> _Evidence:
        return _Evidence(
            self.total + other.total, self.day_first + other.day_first, self.month_first + other.month_first
        )

    @property
    def verdict(self) -> Order | None:
        """What the column shows, if it shows anything."""
        if self.day_first == self.month_first:
            return None
        return "day_first" if self.day_first > self.month_first else "month_first"


@dataclass(frozen=True)
class _ColumnEvidence:
    column: str
    dashed: _Evidence
    dotted: _Evidence
    serials: int = 0
    two_digit_years: int = 0
    iso: int = 0
    iso_day_above_twelve: int = 0


def read_date_orders(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, str], wanted: DateOrder, as_of: dt.date
) -> tuple[list[DateReading], list[Entry]]:
    """Decide for each date column of the raw census; what was decided comes back as sentences too.

    A column that shows nothing follows the file's other date columns, and after them the habit of the United States
    (with dots: of Europe).

    Args:
        connection: holds the table ``raw``.
        columns: canonical name → name in the file, of the date columns.
        wanted: what the user asked for.
        as_of: people of the census were hired by then; it tells the century of two-digit years.
    """
    found = [_evidence(connection, column) for column in columns]
    readings = []
    notes: list[Entry] = []
    for evidence in found:
        name = columns[evidence.column]
        dashed, why = _decided(evidence.dashed, [other.dashed for other in found], wanted, "month_first")
        notes += _order_note(name, evidence.dashed, dashed, why, "/")
        dotted, why = _decided(evidence.dotted, [other.dotted for other in found], wanted, "day_first")
        notes += _order_note(name, evidence.dotted, dotted, why, ".")
        reading = DateReading(evidence.column, dashed, dotted, _last_year(evidence.column, as_of))
        notes += _other_notes(name, evidence, reading)
        readings.append(reading)
    return readings, notes


def is_unusual(column: str) -> str:
    """SQL that is true for a date that can only be read the other way than is the habit where nothing shows it."""
    first, second = (f"try_cast(regexp_extract(d, '{{}}', {group}) AS INTEGER) > 12" for group in (1, 2))
    return (
        f"(SELECT regexp_full_match(d, '{DASHED}') AND {first.format(DASHED)}"
        f" OR regexp_full_match(d, '{DOTTED}') AND {second.format(DOTTED)}"
        f" FROM (SELECT {without_time(column)} AS d))"
    )


def _decided(own: _Evidence, all_of_them: list[_Evidence], wanted: DateOrder, habit: Order) -> tuple[Order, str]:
    if wanted != "auto":
        return wanted, "as asked for"
    if own.verdict:
        return own.verdict, f"{max(own.day_first, own.month_first)} of {own.total} dates show it"
    shared = sum(all_of_them, _Evidence()).verdict
    if shared:
        return shared, "the file's other dates show it"
    return habit, "nothing in the file shows it; set the date order if this is wrong"


def _order_note(name: str, evidence: _Evidence, order: Order, why: str, separator: str) -> list[Entry]:
    if not evidence.total:
        return []
    said = "month first" if order == "month_first" else "day first"
    date = "March 4" if order == "month_first" else "April 3"
    text = f"3{separator}4{separator}2019 was read as {date}, {said} ({why})."
    return [Entry("read", text, name, evidence.total)]


def _other_notes(name: str, evidence: _ColumnEvidence, reading: DateReading) -> list[Entry]:
    told: list[tuple[QualityKind, str, int]] = []
    slashed, iso = evidence.dashed, evidence.iso
    if evidence.serials:
        text = f"{evidence.serials} numbers such as 43528 were read as spreadsheet dates."
        told.append(("read", text, evidence.serials))
    if evidence.two_digit_years:
        first, last = reading.last_year - 99, reading.last_year
        text = f"years of two digits ({evidence.two_digit_years}) were read as {first} to {last}."
        told.append(("read", text, evidence.two_digit_years))
    if slashed.day_first and slashed.month_first:
        text = (
            f"{slashed.day_first} dates are day first and {slashed.month_first} month first: two orders in one column."
        )
        told.append(("warning", text, min(slashed.day_first, slashed.month_first)))
    if iso and evidence.iso_day_above_twelve == 0 and slashed.total and slashed.total == slashed.day_first:
        text = (
            f"{slashed.total} dates are day first with a day above 12, and the other {iso} have no day above 12: day "
            "and month of those were probably swapped by a spreadsheet; they were read as they stand."
        )
        told.append(("warning", text, iso))
    return [Entry(kind, text, name, people) for kind, text, people in told]


def _last_year(column: str, as_of: dt.date) -> int:
    if column == "birth_date":
        return as_of.year - _YOUNGEST
    return as_of.year if column == "hire_date" else as_of.year + _YEARS_AHEAD


def _evidence(connection: duckdb.DuckDBPyConnection, column: str) -> _ColumnEvidence:
    dates = f"(SELECT {without_time(column)} AS d FROM raw WHERE {column} IS NOT NULL)"
    iso = "regexp_full_match(d, '\\d{4}-\\d{2}-\\d{2}')"
    counts = one_row(
        connection,
        f"""SELECT {_counted(DASHED)}, {_counted(DOTTED)},
                   count(*) FILTER (WHERE regexp_full_match(d, '{SERIAL}')),
                   count(*) FILTER (WHERE {has_two_digit_year("d")})
            FROM {dates} WHERE NOT {iso}""",
    )
    converted = f"SELECT count(*), count(*) FILTER (WHERE right(d, 2) > '12') FROM {dates} WHERE {iso}"
    more = one_row(connection, converted)
    return _ColumnEvidence(column, _Evidence(*counts[0:3]), _Evidence(*counts[3:6]), *counts[6:], *more)


def _counted(pattern: str) -> str:
    def above_twelve(group: int) -> str:
        return f"try_cast(regexp_extract(d, '{pattern}', {group}) AS INTEGER) BETWEEN 13 AND 31"

    matches = f"regexp_full_match(d, '{pattern}')"
    conditions = (matches, f"{matches} AND {above_twelve(1)}", f"{matches} AND {above_twelve(2)}")
    return ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions)


def as_of_from_file(connection: duckdb.DuckDBPyConnection, staged: Staged, date_order: DateOrder) -> dt.date:
    """The last day of the newest year in which more than one hire or exit in a thousand falls.

    A typing error is no year. Without a hire date that can be read it is the end of 2024, which the errors of such a
    file make irrelevant.
    """
    names = {name: staged.recognised.column(name) for name in _DATES if name in staged.recognised.positions}
    readings, _ = read_date_orders(connection, names, date_order, _PROVISIONAL)
    years = [
        f"SELECT year({reading.within('d')}) AS y FROM (SELECT {reading.parsed('t')} AS d FROM "
        f"(SELECT {reading.prepared(reading.column)} AS t FROM raw))"
        for reading in readings
    ]
    if years:
        union = " UNION ALL ".join(years)
        (newest,) = one_row(connection, f"SELECT quantile_disc(y, 0.999) FROM ({union}) WHERE y IS NOT NULL")
        if newest:
            return dt.date(int(newest), 12, 31)
    return dt.date(2024, 12, 31)
