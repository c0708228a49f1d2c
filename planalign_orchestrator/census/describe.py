"""Describes the people of a canonical census: how many, how old, how long here, how paid, how much they defer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.sql import glob_literal
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts

QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of people below, from the smallest to the largest value."""


@dataclass(frozen=True)
class Spread:
    """How one measure spreads over the people employed.

    Attributes:
        measure: what is measured.
        people: how many have a value.
        mean: their mean; None when nobody has one.
        quantiles: values at ``QUANTILES``.
    """

    measure: str
    people: int
    mean: float | None
    quantiles: tuple[float | None, ...]


@dataclass(frozen=True)
class Group:
    """The people employed of one job level, age band or service band.

    Attributes:
        name: of the group.
        people: how many.
        mean_pay: their mean annual compensation.
        participants: how many have a deferral rate.
        mean_deferral: the mean rate of those; None when there are none.
    """

    name: str
    people: int
    mean_pay: float
    participants: int
    mean_deferral: float | None


@dataclass(frozen=True)
class CensusDescription:
    """A census in figures.

    Attributes:
        people: rows of the census.
        employed: those employed on the as-of date; all other figures are theirs.
        payroll: the sum of their annual compensation.
        participants: how many have a deferral rate.
        owners: how many own more than 5%.
        never_eligible: how many are excluded from the plan.
        spreads: by measure.
        groups: kind of group → its groups.
    """

    people: int
    employed: int
    payroll: float
    participants: int
    owners: int
    never_eligible: int
    spreads: Sequence[Spread]
    groups: Mapping[str, Sequence[Group]]

    def as_record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def describe_census(canonical: Path, as_of: dt.date) -> CensusDescription:
    """Describe a Parquet file that ``read_census`` wrote."""
    day = f"DATE '{as_of.isoformat()}'"
    views = rendered(__package__, "describe.sql", census=glob_literal(canonical), day=day, quantiles=list(QUANTILES))
    groups: dict[str, list[Group]] = {}
    with closing(duckdb.connect(config={"threads": 1, "memory_limit": "512MiB"})) as connection:
        connection.execute(views)
        for kind, *group in connection.execute("FROM groups").fetchall():
            groups.setdefault(kind, []).append(Group(*group))
        nobody = (None,) * len(QUANTILES)
        spreads = [
            Spread(measure, people, mean, tuple(quantiles or nobody))
            for measure, people, mean, quantiles in connection.execute("FROM spreads").fetchall()
        ]
        (counts,) = fetch_dicts(connection, "FROM counts")
    return CensusDescription(**counts, spreads=spreads, groups=groups)
