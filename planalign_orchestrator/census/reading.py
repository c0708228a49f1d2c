"""Turns the table ``raw`` of text into the table ``typed``, after deciding how each column is to be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from planalign_orchestrator.census.columns import COLUMNS, STATUS, Column
from planalign_orchestrator.census.date_order import read_date_orders
from planalign_orchestrator.census.dates import DateOrder, DateReading
from planalign_orchestrator.census.flags import flag, has_left
from planalign_orchestrator.census.numbers import WIDE, money, number, prepared_number
from planalign_orchestrator.census.rates import RateReading, is_marked, plain_rate, prepared_rate, read_rates
from planalign_orchestrator.census.synonyms import Recognised

_WIDE_TYPES = {"money": WIDE, "rate": WIDE, "number": WIDE}


@dataclass(frozen=True)
class Reading:
    """What was decided for the columns of one file."""

    dates: list[DateReading]
    rates: RateReading | None
    notes: list[str]


def read_columns(
    connection: duckdb.DuckDBPyConnection, recognised: Recognised, date_order: DateOrder, as_of: dt.date
) -> Reading:
    """Decide how each column is read, and fill ``typed`` accordingly.

    ``typed`` has a column per meaning (null when absent or unreadable), whether its cell held something (``…_given``),
    and for rates whether they are unclear or unlike the others.
    """
    present = [column for column in COLUMNS if column.name in recognised.positions]
    dates, notes = read_date_orders(
        connection,
        {column.name: recognised.column(column.name) for column in present if column.kind == "date"},
        date_order,
        as_of,
    )
    rates = None
    if "deferral_rate" in recognised.positions:
        rates = read_rates(connection, "deferral_rate")
        notes += rates.notes(recognised.column("deferral_rate"))
    reading = Reading(dates, rates, notes)
    connection.execute(f"CREATE TABLE typed AS {_typed(reading, present, recognised)}")
    return reading


def _typed(reading: Reading, present: list[Column], recognised: Recognised) -> str:
    """Three nested selects, so that what a step works out once is not worked out again wherever it is used."""
    by_column = {date.column: date for date in reading.dates}
    steps: list[list[str]] = [["row_number"], ["row_number"], ["row_number"]]
    for column in present:
        name = column.name
        for step, value in zip(steps, _steps(column, by_column.get(name), reading.rates), strict=True):
            step.append(f"{value} AS {name}")
        _add(steps, f"{name}_given", f"{name} IS NOT NULL")
    if reading.rates:
        steps[0].append(f"{is_marked('deferral_rate')} AS marked")
        steps[1].append("marked")
        steps[2].append(f"{reading.rates.is_unclear('deferral_rate', 'marked')} AS deferral_rate_unclear")
        steps[2].append(f"{reading.rates.is_odd_one_out('deferral_rate', 'marked')} AS deferral_rate_odd")
    if STATUS in recognised.positions:
        _add(steps, f"{STATUS}_given", f"{STATUS} IS NOT NULL")
        _add(steps, STATUS, has_left(STATUS, recognised.column(STATUS)))
    else:
        steps[2].append(f"NULL::BOOLEAN AS {STATUS}")
    absent = [column for column in COLUMNS if column not in present]
    steps[2] += [f"NULL::{_WIDE_TYPES.get(column.kind, column.sql_type)} AS {column.name}" for column in absent]
    query = "raw"
    for step in steps:
        query = f"(SELECT {', '.join(step)} FROM {query})"
    return f"FROM {query}"


def _add(steps: list[list[str]], name: str, value: str) -> None:
    """A column that the first step works out and the others hand on."""
    steps[0].append(f"{value} AS {name}")
    for step in steps[1:]:
        step.append(name)


def _steps(column: Column, date: DateReading | None, rates: RateReading | None) -> tuple[str, str, str]:
    """How a cell is read, in three steps: text made uniform, text understood, value made sense of."""
    name = column.name
    if date:
        return date.prepared(name), date.parsed(name), date.within(name)
    if column.kind == "money":
        return prepared_number(name), money(name), name
    if column.kind == "rate" and rates:
        return prepared_rate(name), plain_rate(name), rates.value(name, "marked")
    if column.kind == "number":
        return prepared_number(name), number(name), name
    if column.kind == "whole":
        return prepared_number(name), number(name), _whole(name)
    return (flag(name) if column.kind == "flag" else name), name, name


def _whole(name: str) -> str:
    return f"CASE WHEN {name} = floor({name}) AND abs({name}) < 1000000 THEN {name}::INTEGER END"
