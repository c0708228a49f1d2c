"""Looks at a census as a whole: what is possible for one person, and strange for most of them."""

from __future__ import annotations

import datetime as dt

import duckdb

from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.recognition import Recognised


def plausibility(connection: duckdb.DuckDBPyConnection, recognised: Recognised, as_of: dt.date) -> list[Entry]:
    """What is strange about the table ``typed``: each with the number of people, an example, and what the run does."""
    found = []
    for column, where, when, text in _checks(as_of):
        if column not in recognised.positions:
            continue
        row = connection.execute(
            f"SELECT hits, example FROM (SELECT count(*) FILTER (WHERE hit) AS hits, count(*) AS people, "
            f"min(row_number) FILTER (WHERE hit) AS example, count(*) FILTER (WHERE deferral_rate > 0) AS deferring, "
            f"max(hire_date) AS newest FROM (SELECT *, coalesce({where}, false) AS hit FROM typed)) "
            f"WHERE hits > 0 AND {when}"
        ).fetchone()
        if row:
            found.append(Entry("warning", text, recognised.column(column), row[0], row[1]))
    return found


def _checks(as_of: dt.date) -> list[tuple[str, str, str, str]]:
    """Column; which people; when it is strange (below some people chance explains all); what is said."""
    birthday = "(month(birth_date) * 100 + day(birth_date))"
    return [
        ("birth_date", f"{birthday} = (SELECT mode({birthday}) FROM typed)", "hits * 20 > people AND hits > 5",
         "people share one birthday, more than chance explains: it may stand for an unknown one. The run takes it as "
         "it is; ages decide catch-up, retirement and turnover."),
        ("birth_date", "birth_date = (SELECT mode(birth_date) FROM typed)", "hits * 50 > people AND hits > 5",
         "people have the same date of birth. The run takes it as it is."),
        ("hire_date", "hire_date = (SELECT max(hire_date) FROM typed)",
         f"people > 20 AND newest + INTERVAL 366 DAY < DATE '{as_of.isoformat()}'",
         f"people were hired on the newest hire date, more than a year before {as_of}: the file may describe an "
         "earlier day. The run starts from it all the same; planalign census validate says which year fits."),
        ("deferral_rate", "coalesce(deferral_rate, 0) = 0", "deferring = 0 AND people > 1",
         "people have no deferral: the opening participation is 0. The run starts from that."),
        ("deferral_rate", "deferral_rate > 0.25", "hits * 5 > deferring AND hits > 1",
         "people defer more than 25%, which is many: dollars may have been read as percents. The run takes them so."),
    ]  # fmt: skip
