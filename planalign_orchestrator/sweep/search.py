"""The search for a design: a coarse grid, then finer ones around the best point, until nothing finer is asked for.

A point is a design of the sweep like any other, so that its configuration file simulates it as an ordinary run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.reports.testing import FAILED
from planalign_orchestrator.storage.durable import atomic_write_text
from planalign_orchestrator.sweep.file import Search, combinations
from planalign_orchestrator.sweep.statistics import Findings
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import quoted_path

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
