"""Finds the day that a census describes, when nobody says."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import duckdb

from planalign_orchestrator.census.columns import STATUS
from planalign_orchestrator.census.date_order import read_date_orders
from planalign_orchestrator.census.options import DateOrder
from planalign_orchestrator.census.reading import status_of
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.synonyms import year_of

_PROVISIONAL = dt.date(2035, 12, 31)
"""For the century of two-digit years."""
_HIRES = ("hire_date", "rehire_date", "original_hire_date")
_EXITS = ("termination_date", "second_termination_date")
_PAID = "period_date"
_LAST_DAY = re.compile(r"(?i)\b(?:12[/-]31[/-]|dec(?:ember)? 31,? )((?:19|20)\d\d)\b")
_RARE = 0.001
_LONE_AMONG, _GAP = 20, 5
"""A single date is no typing error among few, or within as many years of the others."""
_USUAL_HIRES = 3
"""Where as many people were hired in a year, one in twenty years at most has no hire by chance (Poisson)."""


def as_of_from_file(
    connection: duckdb.DuckDBPyConnection, recognised: Recognised, date_order: DateOrder, title: str = ""
) -> dt.date:
    """The last day of the newest year of which the file tells something that has happened.

    Pay days come first: nobody is paid ahead. Then hires, and exits of people whose status says that they left. Exits
    of others in the year after that are announced ones, if there were hires as usual until then; exits of several years
    have happened. A typing error is no year. A later year counts where the title names its last day, or a heading the
    year of its pay: a small employer may have hired nobody since. Without a date that can be read it is the end of
    2024, which the errors of such a file make irrelevant.
    """
    names = {name: recognised.column(name) for name in (*_HIRES, *_EXITS, _PAID) if name in recognised.positions}
    readings, _ = read_date_orders(connection, names, date_order, _PROVISIONAL)
    has_left = f"({status_of(connection, recognised)[0]})"

    def years(*columns: str, of: str = "true") -> Counter[int]:
        parts = [
            f"SELECT year(of_a_life({readings[name].parsed})) AS y FROM "
            f"(SELECT without_time({name}) AS {name}{_status(recognised)} FROM raw) WHERE {of}"
            for name in columns if name in readings
        ]  # fmt: skip
        found = f"SELECT y, count(*) FROM ({' UNION ALL '.join(parts)}) WHERE y IS NOT NULL"
        return Counter(dict(connection.execute(f"{found} GROUP BY y").fetchall() if parts else ()))

    if paid := _newest(years(_PAID)):
        return dt.date(paid, 12, 31)
    hires = years(*_HIRES)
    known = hires + years(*_EXITS, of=has_left)
    newest = _newest(known)
    last_exit = _newest(known + years(*_EXITS, of=f"{has_left} IS NULL"))
    named = max([*map(int, _LAST_DAY.findall(title)), year_of(recognised.column("paid_compensation"))])
    if named and newest <= named <= _PROVISIONAL.year:
        return dt.date(named, 12, 31)
    are_announced = hires[newest] >= _USUAL_HIRES and last_exit == newest + 1
    return dt.date((newest if are_announced else last_exit) or 2024, 12, 31)


def _status(recognised: Recognised) -> str:
    return f", {STATUS}" if STATUS in recognised.positions else ""


def _newest(years: Mapping[int, int]) -> int:
    """The newest year of more than one date in a thousand; not one that a lone date makes, years after all others."""
    total, later = sum(years.values()), 0
    ordered = sorted(years, reverse=True)
    for year, before in pairwise((*ordered, *ordered[-1:])):
        later += years[year]
        is_lone = later == 1 and total > _LONE_AMONG and year > before + _GAP
        if later > total * _RARE and not is_lone:
            return year
    return 0
