"""Looks at a census as a whole: what is possible for one person, and strange for most of them."""

from __future__ import annotations

import datetime as dt

import duckdb

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.tables import table


def plausibility(connection: duckdb.DuckDBPyConnection, recognised: Recognised, as_of: dt.date) -> list[Entry]:
    """What is strange about the table ``typed``: each with the number of people, an example, and what the run does."""
    found = []
    for place, row in table(__package__, "plausible").items():
        column = place.partition(":")[0]
        who, when, text = (row[key].format(as_of=as_of) for key in ("who", "when", "says"))
        if column not in recognised.positions:
            continue
        hits = connection.execute(
            f"SELECT hits, example FROM (SELECT count(*) FILTER (WHERE hit) AS hits, count(*) AS people, "
            f"min(row_number) FILTER (WHERE hit) AS example, count(*) FILTER (WHERE deferral_rate > 0) AS deferring, "
            f"max(hire_date) AS newest FROM (SELECT *, coalesce({who}, false) AS hit FROM typed)) "
            f"WHERE hits > 0 AND {when}"
        ).fetchone()
        if hits:
            found.append(Entry("warning", text, recognised.column(column), hits[0], hits[1]))
    return found
