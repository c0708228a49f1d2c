"""Describes the people of a canonical census: how many, how old, how long here, how paid, how much they defer."""

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.sql import glob_literal
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts

QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of people below, from the smallest to the largest value."""


def describe_census(canonical: Path, as_of: dt.date) -> dict[str, Any]:
    """Describe a Parquet file that ``read_census`` wrote.

    Returns:
        The counts of ``describe.sql``; ``spreads``, a row a measure, with its values at ``QUANTILES``; and ``groups``,
        the rows of each kind of group. All but ``people`` is of those employed on the as-of date.
    """
    day = f"DATE '{as_of.isoformat()}'"
    views = rendered(__package__, "describe.sql", census=glob_literal(canonical), day=day, quantiles=list(QUANTILES))
    groups: dict[str, list[dict[str, Any]]] = {}
    with closing(duckdb.connect(config={"threads": 1, "memory_limit": "512MiB"})) as connection:
        connection.execute(views)
        (counts,) = fetch_dicts(connection, "FROM counts")
        for group in fetch_dicts(connection, "FROM groups"):
            groups.setdefault(group.pop("kind"), []).append(group)
        return {**counts, "spreads": fetch_dicts(connection, "FROM spreads"), "groups": groups}
