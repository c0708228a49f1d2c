"""Describes the people of a canonical census: how many, how old, how long here, how paid, how much they defer."""

import datetime as dt
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.sql import glob_literal
from planalign_orchestrator.warehouse import fetch_dicts, one_row

QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of people below, from the smallest to the largest value."""

_MEASURES = {
    "age": "age",
    "service, years": "service",
    "annual pay": "annual_compensation",
    "participants' rate": "CASE WHEN deferral_rate > 0 THEN deferral_rate END",
    "weekly hours": "scheduled_hours_per_week",
    "employer balance": "employer_account_balance",
}
_AGE_BANDS = ((25, "<25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"), (None, "65+"))
_SERVICE_BANDS = ((2, "<2"), (5, "2-4"), (10, "5-9"), (20, "10-19"), (None, "20+"))


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
    spreads: tuple[Spread, ...]
    groups: dict[str, tuple[Group, ...]]

    def as_record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def describe_census(canonical: Path, as_of: dt.date) -> CensusDescription:
    """Describe a Parquet file that ``read_census`` wrote."""
    with closing(duckdb.connect(config={"threads": 1, "memory_limit": "512MiB"})) as connection:
        connection.execute(f"CREATE VIEW employed AS {_employed(canonical, as_of)}")
        (counts,) = fetch_dicts(
            connection,
            f"""SELECT (SELECT count(*) FROM read_parquet({glob_literal(canonical)})) AS people, count(*) AS employed,
                       coalesce(sum(annual_compensation), 0)::DOUBLE AS payroll,
                       count(*) FILTER (WHERE deferral_rate > 0) AS participants,
                       count(*) FILTER (WHERE is_five_percent_owner) AS owners,
                       count(*) FILTER (WHERE NOT plan_eligible) AS never_eligible
                FROM employed""",
        )
        return CensusDescription(
            **counts,
            spreads=tuple(_spread(connection, measure, value) for measure, value in _MEASURES.items()),
            groups={
                "job level": _groups(connection, "coalesce(job_level::VARCHAR, 'not given')", "job_level"),
                "age": _groups(connection, _banded("age", _AGE_BANDS), "age"),
                "service, years": _groups(connection, _banded("service", _SERVICE_BANDS), "service"),
            },
        )


def _employed(canonical: Path, as_of: dt.date) -> str:
    day = f"DATE '{as_of.isoformat()}'"
    return f"""SELECT *, date_sub('year', birth_date, {day}) AS age, date_sub('year', hire_date, {day}) AS service
        FROM read_parquet({glob_literal(canonical)}) WHERE termination_date IS NULL OR termination_date > {day}"""


def _spread(connection: duckdb.DuckDBPyConnection, measure: str, value: str) -> Spread:
    values = f"SELECT ({value})::DOUBLE AS v FROM employed"
    count, mean, quantiles = one_row(
        connection, f"SELECT count(v), avg(v), quantile_disc(v, {list(QUANTILES)}) FROM ({values})"
    )
    return Spread(measure, count, mean, tuple(quantiles) if quantiles else (None,) * len(QUANTILES))


def _groups(connection: duckdb.DuckDBPyConnection, name: str, order: str) -> tuple[Group, ...]:
    rows = connection.execute(
        f"""SELECT {name} AS name, count(*), avg(annual_compensation), count(*) FILTER (WHERE deferral_rate > 0),
                   avg(deferral_rate) FILTER (WHERE deferral_rate > 0)
            FROM employed GROUP BY name ORDER BY min({order}) NULLS LAST"""
    ).fetchall()
    return tuple(Group(*row) for row in rows)


def _banded(value: str, bands: tuple[tuple[int | None, str], ...]) -> str:
    cases = " ".join(f"WHEN {value} < {limit} THEN '{name}'" for limit, name in bands if limit is not None)
    return f"CASE {cases} ELSE '{bands[-1][1]}' END"
