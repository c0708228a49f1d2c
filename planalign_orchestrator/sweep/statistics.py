"""What many futures say: bands, means with their errors, the risk of a budget, and differences of alternatives.

A future is an alternative (scenario and point) with a seed: what all counted plans come to together. Bands are taken of
futures, never added up. A search for a design judges by them: a coarse grid, then finer ones around the best point,
until nothing finer is asked for. A point is a design of the sweep like any other, so that its file simulates it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist
from typing import Any, get_args

import duckdb

from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.reports.testing import FAILED
from planalign_orchestrator.storage.durable import atomic_write_text
from planalign_orchestrator.sweep.file import Measure, Search, combinations
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import fetch_dicts, quoted_path

COST = "net_employer_cost"
MEASURES: tuple[str, ...] = get_args(Measure)
"""Columns of ``fct_yearly_summary``; ``findings.sql`` puts them together over the plans of a book."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
EXITS = "exits"
"""How the points of a grid are named that vary ``workforce.exits``."""
FEWEST = 3
"""With fewer seeds nothing is said about errors."""

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Spread:
    """How futures are spread.

    Args:
        number: of futures.
        mean: of them.
        deviation: their standard deviation; None of one.
        quantiles: at ``QUANTILES``.
    """

    number: int
    mean: float
    deviation: float | None
    quantiles: tuple[float, ...]

    @property
    def error(self) -> float | None:
        """The standard error of the mean."""
        return None if self.deviation is None else self.deviation / math.sqrt(self.number)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval of the mean, after Student; None of very few futures."""
        if self.error is None or self.number < FEWEST:
            return None
        half = student(self.number - 1) * self.error
        return self.mean - half, self.mean + half

    def seeds_needed(self, precision: float) -> int | None:
        """How many seeds give a 95% interval that is no wider than this share of the mean to each side."""
        if self.deviation is None or self.number < FEWEST or not self.mean:
            return None
        return max(1, math.ceil((_Z * self.deviation / (precision * abs(self.mean))) ** 2))


@dataclass(frozen=True)
class Chance:
    """How often a budget was exceeded.

    Args:
        exceeded: futures that cost more.
        number: of futures.
    """

    exceeded: int
    number: int

    @property
    def share(self) -> float:
        """Of the futures."""
        return self.exceeded / self.number

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval after Wilson, which holds for shares near 0 and 1 too."""
        n, p, z2 = self.number, self.share, _Z * _Z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Findings:
    """Everything that a sweep says.

    Args:
        alternatives: in order; the first one is what the others are compared with.
        years: the plan years.
        by_year: of each alternative, measure and year.
        totals: net employer cost over all years, of each alternative.
        differences: total cost less that of the first alternative with the same seed.
        chances: that the total exceeds the budget; empty without one.
        costs: the total of every future, in order, of each alternative.
        plans: of each counted plan: name, headcount at the start and mean total cost by alternative.
        left_out: plans without a result in every alternative.
        incomplete: futures that some counted plan has no result for.
        found: by a search.
    """

    alternatives: list[str]
    years: list[int]
    by_year: dict[tuple[str, str, int], Spread]
    totals: dict[str, Spread]
    differences: dict[str, Spread]
    chances: dict[str, Chance]
    costs: dict[str, list[float]]
    plans: list[dict[str, Any]]
    left_out: list[str]
    incomplete: int
    found: "Outcome | None" = None

    @property
    def who(self) -> dict[str, float]:
        """The share of the variance of total cost that comes from who leaves rather than from how many do.

        Of each alternative with random exits that stands beside the same one with a quota: there only who is drawn.
        """
        pairs = {name: name.replace(f"{EXITS}=random", f"{EXITS}=quota") for name in self.alternatives}
        deviations = {name: spread.deviation for name, spread in self.totals.items() if spread.number >= FEWEST}
        return {
            name: (fixed / drawn) ** 2
            for name, quota in pairs.items()
            if quota != name and (fixed := deviations.get(quota)) is not None and (drawn := deviations.get(name))
        }

    def to_json(self) -> dict[str, Any]:
        """The findings as plain data."""
        return {
            "years": self.years,
            "alternatives": {
                name: {
                    "total": _plain(self.totals[name]),
                    "difference": _plain(self.differences[name]) if name in self.differences else None,
                    "exceeds_budget": asdict(self.chances[name]) if name in self.chances else None,
                    "by_year": {
                        measure: {
                            str(year): _plain(one)
                            for year in self.years
                            if (one := self.by_year.get((name, measure, year))) is not None
                        }
                        for measure in MEASURES
                    },
                }
                for name in self.alternatives
            },
            "variance_from_who": self.who,
            "search": self.found.to_json() if self.found else None,
            "plans": self.plans,
            "left_out": self.left_out,
            "incomplete": self.incomplete,
        }


def _plain(spread: Spread) -> dict[str, Any]:
    bands = {f"{share * 100:.0f}%": value for share, value in zip(QUANTILES, spread.quantiles, strict=True)}
    return {"futures": spread.number, "mean": spread.mean, "standard_error": spread.error, "bands": bands}


def find(results: Path, alternatives: Iterable[str] | None, budget: float | None) -> Findings:
    """Work out what a sweep says.

    Args:
        results: the yearly summaries with the names of their cells.
        alternatives: in the order in which they are shown; None shows all by name.
        budget: dollars of net employer cost over all years.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"create view results as from read_parquet('{quoted_path(results)}')")
        connection.execute(rendered(__package__, "findings.sql"))
        [found] = fetch_dicts(connection, "from found")
        there = found.pop("there")
        order = [name for name in dict.fromkeys(alternatives or there) if name in there]
        by_name = dict(connection.execute("from costs").fetchall())
        costs = {name: by_name[name] for name in order}
        chances = {
            name: Chance(sum(cost > budget for cost in of), len(of)) for name, of in costs.items() if budget is not None
        }
        return Findings(
            alternatives=order,
            by_year=_spreads(connection, "values_by_name"),
            totals=_spreads(connection, "totals_by_name"),
            differences=_spreads(connection, "(from differences where base = $base)", {"base": next(iter(order), "")}),
            chances=chances,
            costs=costs,
            plans=fetch_dicts(connection, "from plans"),
            **found,
        )


def student(degrees: int) -> float:
    """The 97.5% quantile of Student's t, by the expansion of Cornish and Fisher; within 0.4% from 4 degrees on."""
    z, v = _Z, degrees
    terms = (
        (z**3 + z) / 4 / v,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96 / v**2,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / v**3,
    )
    return z + sum(terms)


def _spreads(
    connection: duckdb.DuckDBPyConnection, relation: str, parameters: Mapping[str, str] | None = None
) -> dict[Any, Spread]:
    query = rendered(__package__, "spreads.sql", relation=relation, quantiles=list(QUANTILES))
    return {
        tuple(name.values()) if isinstance(name, dict) else name: Spread(n, mean, sd, tuple(quantiles))
        for name, n, mean, sd, quantiles in connection.execute(query, parameters or {}).fetchall()
    }


_KEPT = "search.json"
Values = dict[str, Any]
"""Settings by dotted key."""


@dataclass(frozen=True)
class Candidate:
    """A point that was simulated, and how it does.

    Args:
        name: the alternative.
        values: the settings that were varied.
        cost: the mean of total net employer cost.
        measures: the mean of the last year, of each measure that a limit is set to.
        passing: the share of futures in which a test fails in no year, of each test that is to pass.
        missed: by how much of itself the limits are missed in all; 0 where every one is kept.
    """

    name: str
    values: Values
    cost: float
    measures: Mapping[str, float]
    passing: Mapping[str, float]
    missed: float

    @property
    def rank(self) -> tuple[float, float, str]:
        """What keeps every limit comes first, and of that the cheapest."""
        return self.missed, self.cost, self.name


@dataclass(frozen=True)
class Outcome:
    """What a search found.

    Args:
        candidates: every point that was simulated, the best one first.
        gain: the measure that the front sets against cost.
    """

    candidates: Sequence[Candidate]
    gain: str

    @property
    def front(self) -> list[Candidate]:
        """The points that no other beats in cost and in the measure both, from cheap to dear."""
        found: list[Candidate] = []
        for one in sorted(self.candidates, key=lambda one: (one.cost, -one.measures[self.gain], one.name)):
            if not found or one.measures[self.gain] > found[-1].measures[self.gain]:
                found.append(one)
        return found

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain data."""
        front = {one.name for one in self.front}
        told = [
            {**asdict(one), "keeps_limits": not one.missed, "on_front": one.name in front} for one in self.candidates
        ]
        return {"front": self.gain, "candidates": told}


def keep(outcome: Outcome | None, folder: Path) -> None:
    """Write down in the folder of a sweep what its search found, or that it did not search."""
    atomic_write_text(folder / _KEPT, json.dumps(asdict(outcome) if outcome else None, default=str))


def kept(folder: Path) -> Outcome | None:
    """What the search of a sweep found; None where it did not search."""
    place = folder / _KEPT
    found = parsed(place.read_text(encoding="utf-8")) if place.exists() else None
    return found and Outcome([Candidate(**one) for one in found["candidates"]], found["gain"])


def finer_points(search: Search, tried: Sequence[Values], best: Values) -> list[Values]:
    """The points half-way from the best one to its neighbors among those tried, without those that were tried."""
    choices = {key: [best[key], *_halfway(best[key], {point[key] for point in tried})] for key in search.vary}
    return [point for point in combinations(choices) if point not in tried]


def judge(search: Search, findings: Findings, points: Mapping[str, Values], tests: Path | None) -> Outcome:
    """Say how every point does.

    Args:
        search: the limits.
        findings: of the sweep.
        points: the settings of each alternative.
        tests: the results of the nondiscrimination tests, where one is to pass.
    """
    passing = _passing(tests) if tests is not None else {}
    found = [
        _candidate(search, findings, name, values, {test: passing.get((name, test), 1.0) for test in search.passes})
        for name, values in points.items()
        if name in findings.totals
    ]
    return Outcome(sorted(found, key=lambda one: one.rank), search.gain)


def _candidate(
    search: Search, findings: Findings, name: str, values: Values, passing: Mapping[str, float]
) -> Candidate:
    last = findings.years[-1]
    measures = {key: findings.by_year[name, key, last].mean for key in search.measures}
    short = [
        *((least - measures[key]) / abs(least or 1) for key, least in search.at_least.items()),
        *((measures[key] - most) / abs(most or 1) for key, most in search.at_most.items()),
        *(search.sure - share for share in passing.values()),
    ]
    return Candidate(
        name, values, findings.totals[name].mean, measures, passing, sum(miss for miss in short if miss > 1e-9)
    )


def _passing(tests: Path) -> dict[tuple[str, str], float]:
    """The share of futures in which a test fails in no year, plan and group, by alternative and test."""
    query = rendered(__package__, "passing.sql", failed=FAILED, path=quoted_path(tests))
    with duckdb.connect(config={"threads": 1}) as connection:
        return {(name, test): share for name, test, share in connection.execute(query).fetchall()}


def _halfway(value: Any, tried: set[Any]) -> Iterator[float]:
    """What lies between a number and its neighbors."""
    if type(value) not in (int, float):
        return
    below, above = [other for other in tried if other < value], [other for other in tried if other > value]
    for neighbor in (max(below, default=None), min(above, default=None)):
        if neighbor is not None:
            middle = (Decimal(str(value)) + Decimal(str(neighbor))) / 2
            if not isinstance(value, int) or middle == int(middle):
                yield int(middle) if isinstance(value, int) else float(middle)
