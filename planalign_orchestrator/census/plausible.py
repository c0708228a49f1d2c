"""Looks at a census as a whole: what is possible for one person, and strange for most of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised
from planalign_orchestrator.census.rules import Band
from planalign_orchestrator.tables import table


def plausibility(
    connection: duckdb.DuckDBPyConnection, recognised: Recognised, as_of: dt.date, bands: Sequence[Band] = ()
) -> list[Entry]:
    """What is strange about the table ``typed``: each with the number of people, an example, and what the run does."""
    found = []
    assumed = _pay_if_hired_now(bands)
    for place, row in table(__package__, "plausible").items():
        column = place.partition(":")[0]
        who, when, text = (row[key].format(as_of=as_of) for key in ("who", "when", "says"))
        if column not in recognised.positions:
            continue
        hits = connection.execute(
            f"SELECT hits, example FROM (SELECT count(*) FILTER (WHERE hit) AS hits, count(*) AS people, "
            f"min(row_number) FILTER (WHERE hit) AS example, max(hire_date) AS newest, "
            f"count(*) FILTER (WHERE deferral_rate > 0) AS deferring, "
            f"sum(annual_compensation) FILTER (WHERE hit AND assumed > 0) / sum(assumed) FILTER (WHERE hit) AS paid "
            f"FROM (SELECT *, coalesce({who}, false) AS hit, {assumed} AS assumed FROM typed)) "
            f"WHERE hits > 0 AND {when}"
        ).fetchone()
        if hits:
            found.append(Entry("warning", text, recognised.column(column), hits[0], hits[1]))
    return found


def _pay_if_hired_now(bands: Sequence[Band]) -> str:
    """SQL of what a run pays somebody whom it hires into the level of this person's pay; null where none is known."""
    cases = [f"WHEN annual_compensation < {band.high!r} THEN {band.hired_at!r}" for band in bands if band.hired_at]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::DOUBLE"
