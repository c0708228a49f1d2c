"""Finds the day that a census describes, when nobody says it: the end of the year of its newest dates."""

from __future__ import annotations

import datetime as dt

import duckdb

from planalign_orchestrator.census.date_order import read_date_orders
from planalign_orchestrator.census.dates import DateOrder
from planalign_orchestrator.census.staging import Staged

_PROVISIONAL = dt.date(2035, 12, 31)
"""For the century of two-digit years."""
_DATES = (
    "hire_date", "rehire_date", "original_hire_date", "termination_date", "second_termination_date", "period_date",
)  # fmt: skip
"""A period date is that of a pay day, in files with a row for each."""


def as_of_from_file(connection: duckdb.DuckDBPyConnection, staged: Staged, date_order: DateOrder) -> dt.date:
    """The last day of the newest year in which more than one hire, exit or pay day in a thousand falls.

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
        found = connection.execute(f"SELECT quantile_disc(y, 0.999) FROM ({union}) WHERE y IS NOT NULL").fetchone()
        if found and found[0]:
            return dt.date(int(found[0]), 12, 31)
    return dt.date(2024, 12, 31)
