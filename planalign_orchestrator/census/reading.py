"""Turns the table ``raw`` of text into the table ``typed``, after deciding how each column is to be read."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from planalign_orchestrator.census import numbers
from planalign_orchestrator.census.columns import COLUMNS, INPUTS, STATUS, Column
from planalign_orchestrator.census.date_order import read_date_orders
from planalign_orchestrator.census.dates import DateOrder, DateReading
from planalign_orchestrator.census.derivations import Derivation, derivations
from planalign_orchestrator.census.flags import flag, has_left
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.sql import unreadable
from planalign_orchestrator.census.staging import Staged

_WIDE_TYPES = {"money": numbers.WIDE, "rate": numbers.WIDE, "number": numbers.WIDE}
_ADDED_UP = ("annual_compensation", "paid_compensation", "deferral_amount", "roth_amount", "employer_match_paid",
             "hours_worked")  # fmt: skip
_WORDS_LOOKED_AT = 1000


@dataclass(frozen=True)
class Reading:
    """What was decided for the columns of one file.

    Attributes:
        dates: how each date column is read.
        rates: how each column of rates is read.
        notes: both in sentences.
        derived: the rules that worked out values.
        unknown_status: status words that nobody knows, with their counts.
        unreadable: columns that hold Excel errors and the like.
        several_rows: what is done with several rows of one person.
    """

    dates: list[DateReading]
    rates: dict[str, numbers.RateReading]
    notes: list[Entry]
    derived: list[Derivation] = field(default_factory=list)
    unknown_status: dict[str, int] = field(default_factory=dict)
    unreadable: Sequence[str] = ()
    several_rows: str = "refuse"


def read_columns(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    date_order: DateOrder,
    as_of: dt.date,
    birth_date_from_age: float | None = None,
) -> Reading:
    """Decide how each column is read, and fill ``typed`` accordingly.

    ``typed`` has a column per meaning (null when absent or unreadable), whether its cell held something (``…_given``),
    for rates whether they are unclear or unlike the others, and which derivation touched a row (``derived_…``).
    """
    recognised = staged.recognised
    dates, notes = read_date_orders(
        connection,
        {column.name: recognised.column(column.name) for column in recognised.columns if column.kind == "date"},
        date_order,
        as_of,
    )
    comma = recognised.mapping.decimal == ","
    rates = {c.name: numbers.read_rates(connection, c.name, comma) for c in recognised.columns if c.kind == "rate"}
    for name, reading in rates.items():
        notes += reading.notes(recognised.column(name))
    found = {*recognised.positions}
    rules = derivations(found, recognised.units, as_of, birth_date_from_age)
    words = _status_words(connection, recognised)
    has_gone = (
        has_left(STATUS, recognised.column(STATUS), words, recognised.mapping.status) if words else "NULL::BOOLEAN"
    )
    unknown = _unknown_words(connection, words, has_gone)
    reading_ = Reading(dates, rates, notes, rules, unknown, staged.unreadable, recognised.mapping.several_rows)
    connection.execute(f"CREATE TABLE typed AS {_typed(reading_, recognised, has_gone, comma)}")
    return reading_


def _status_words(connection: duckdb.DuckDBPyConnection, recognised: Recognised) -> dict[str, int]:
    if STATUS not in recognised.positions:
        return {}
    found = connection.execute(
        f"SELECT lower({STATUS}), count(*) FROM raw WHERE {STATUS} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 "
        f"LIMIT {_WORDS_LOOKED_AT}"
    )
    return dict(found.fetchall())


def _unknown_words(connection: duckdb.DuckDBPyConnection, words: dict[str, int], has_gone: str) -> dict[str, int]:
    if not words:
        return {}
    found = connection.execute(
        f"SELECT {STATUS} FROM (SELECT unnest(?::VARCHAR[]) AS {STATUS}) WHERE ({has_gone}) IS NULL", [[*words]]
    ).fetchall()
    return {word: words[word] for (word,) in found}


def _typed(reading: Reading, recognised: Recognised, has_gone: str, comma: bool) -> str:
    """Nested selects, so that what a step works out once is not worked out again wherever it is used."""
    by_column = {date.column: date for date in reading.dates}
    steps: list[list[str]] = [["row_number"], ["row_number"], ["row_number"]]
    for column in recognised.columns:
        name = column.name
        for step, value in zip(steps, _steps(column, by_column.get(name), reading.rates, comma), strict=True):
            step.append(f"{value} AS {name}")
        is_error = "false"
        if name in reading.unreadable:
            is_error = unreadable(name)
            _add(steps, f"{name}_error", f"coalesce({is_error}, false)")
        _add(steps, f"{name}_given", f"{name} IS NOT NULL AND NOT {is_error}")
    for name, rate in reading.rates.items():
        steps[0].append(f"{numbers.is_marked(name)} AS {name}_marked")
        steps[1].append(f"{name}_marked")
        steps[2].append(f"{rate.is_unclear(name, f'{name}_marked')} AS {name}_unclear")
        steps[2].append(f"{rate.is_odd_one_out(name, f'{name}_marked')} AS {name}_odd")
    if STATUS in recognised.positions:
        is_error = unreadable(STATUS) if STATUS in reading.unreadable else "false"
        _add(steps, f"{STATUS}_given", f"{STATUS} IS NOT NULL AND NOT {is_error}")
        if STATUS in reading.unreadable:
            _add(steps, f"{STATUS}_error", f"coalesce({is_error}, false)")
    _add(steps, STATUS, has_gone)
    absent = [column for column in (*COLUMNS, *(INPUTS if reading.derived else ())) if column not in recognised.columns]
    steps[2] += [f"NULL::{_WIDE_TYPES.get(column.kind, column.sql_type)} AS {column.name}" for column in absent]
    steps[2] += [f"false AS {column.name}_given" for column in absent]
    query = "raw"
    for step in steps:
        query = f"(SELECT {', '.join(step)} FROM {query})"
    query = _one_row_a_person(query, reading, recognised)
    for number_, rule in enumerate(reading.derived):
        applies = f"SELECT *, coalesce({rule.where}, false) AS derived_{number_} FROM {query}"
        kept = f"CASE WHEN derived_{number_} THEN {rule.value} ELSE {rule.target} END::{_type_of(rule.target)}"
        if rule.value == "NULL":  # then the cell counts as one that holds nothing
            kept += f" AS {rule.target}, {rule.target}_given AND NOT derived_{number_} AS {rule.target}_given"
        else:
            kept += f" AS {rule.target}"
        query = f"(SELECT * REPLACE ({kept}) FROM ({applies}))"
    return f"FROM {query}"


def _type_of(name: str) -> str:
    column = next(column for column in (*COLUMNS, *INPUTS) if column.name == name)
    return _WIDE_TYPES.get(column.kind, column.sql_type)


def _one_row_a_person(query: str, reading: Reading, recognised: Recognised) -> str:
    if reading.several_rows == "refuse" or "employee_id" not in recognised.positions:
        return query
    person = "PARTITION BY coalesce(employee_id, row_number::VARCHAR)"
    latest = "period_date DESC NULLS LAST, " if "period_date" in recognised.positions else ""
    sums = [name for name in _ADDED_UP if name in recognised.positions] if reading.several_rows == "sum" else []
    added = ", ".join(f"sum({name}) OVER ({person})::{_type_of(name)} AS {name}" for name in sums)
    replaced = f" REPLACE ({added})" if sums else ""
    return (
        f"(SELECT *{replaced} FROM {query} QUALIFY row_number() OVER ({person} ORDER BY {latest}row_number DESC) = 1)"
    )


def _add(steps: list[list[str]], name: str, value: str) -> None:
    """A column that the first step works out and the others hand on."""
    steps[0].append(f"{value} AS {name}")
    for step in steps[1:]:
        step.append(name)


def _steps(
    column: Column, date: DateReading | None, rates: dict[str, numbers.RateReading], comma: bool
) -> tuple[str, str, str]:
    """How a cell is read, in three steps: text made uniform, text understood, value made sense of."""
    name = column.name
    if date:
        return date.prepared(name), date.parsed(name), date.within(name)
    if column.kind == "money":
        return numbers.prepared_number(name, comma), numbers.number(name) if comma else numbers.money(name), name
    if column.kind == "rate":
        return numbers.prepared_rate(name, comma), numbers.plain_rate(name), rates[name].value(name, f"{name}_marked")
    if column.kind == "number":
        return numbers.prepared_number(name, comma), numbers.number(name), name
    if column.kind == "whole":
        whole = f"CASE WHEN {name} = floor({name}) AND abs({name}) < 1000000 THEN {name}::INTEGER END"
        return numbers.prepared_number(name, comma), numbers.number(name), whole
    return (flag(name) if column.kind == "flag" else name), name, name
