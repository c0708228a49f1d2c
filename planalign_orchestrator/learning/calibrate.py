"""Moves settings until a simulation comes to given totals, with the same seeds each time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import duckdb

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.amendments import overlaid
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.config.catalogue import meant, value_of
from planalign_orchestrator.config.commented_yaml import yaml_of
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.learning.ensemble import simulated, with_seeds
from planalign_orchestrator.sweep.sweeping import LARGEST_PACK
from planalign_orchestrator.tables import table

_TARGET = re.compile(r"([a-z_]+?)(?:_(\d{4}))?=(-?\d*\.?\d+)(%?)")
_GRID, _REFINEMENTS, _ROUNDS = 4, 6, 5
_DIGITS = 6

Values = Mapping[str, float]
"""Settings by dotted key."""


@dataclass(frozen=True)
class Target:
    """A total to reach.

    Args:
        name: of the measure.
        year: the plan year; None is the mean over all.
        wanted: the total.
    """

    name: str
    year: int | None
    wanted: float

    @property
    def rule(self) -> Mapping[str, str]:
        """How it is measured, and what is moved."""
        return table(__package__, "targets")[self.name]

    @property
    def setting(self) -> str:
        """What is moved."""
        return self.rule["setting"]

    @property
    def title(self) -> str:
        """In words."""
        return f"{self.rule['title']}, {self.year or 'mean over the years'}"

    @classmethod
    def parse(cls, text: str, years: range) -> Target:
        """The target that ``participation_2029=0.85`` means.

        Raises:
            ConfigurationError: it is none.
        """
        known = table(__package__, "targets")
        match = _TARGET.fullmatch(text.replace(" ", ""))
        if match is None:
            raise ConfigurationError.told("no target", text=text)
        name, year, number, percent = match.groups()
        if name not in known:
            hint = meant(name, known, "there is no such target.").capitalize()
            raise ConfigurationError(f"--target: {name!r} is unknown", remedy=f"{hint} Targets are {', '.join(known)}.")
        if year is not None and int(year) not in years:
            span = f"{years[0]} to {years[-1]}"
            raise ConfigurationError.told("target of another year", text=text, year=year, span=span)
        return cls(name, int(year) if year else None, float(number) / (100 if percent else 1))


@dataclass(frozen=True)
class Moved:
    """A setting, and how far it was moved.

    Args:
        target: why.
        before: the setting as it was; None where it had no number.
        after: the setting now; the same where the target was reached already.
        came_to: the total as it was.
        comes_to: the total now.
    """

    target: Target
    before: float | None
    after: float | None
    came_to: float
    comes_to: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        record = asdict(self)
        return {**record.pop("target"), "setting": self.target.setting, **record}


@dataclass
class Calibration:
    """The search for settings.

    Args:
        settings: as they are.
        census: checked, as canonical Parquet.
        people: how many it has.
        tables: the assumption tables.
        targets: what to reach, each by a setting of its own.
        seeds: futures of which each total is the mean.
        tolerance: how near is near enough.
        tell: is told of each step.
    """

    settings: Settings
    census: Path
    people: int
    tables: Mapping[str, AssumptionTable]
    targets: Sequence[Target]
    seeds: int
    tolerance: float
    tell: Callable[[str], None]
    _seen: dict[tuple[tuple[str, float], ...], list[float]] = field(default_factory=dict)

    def solve(self) -> list[Moved]:
        """Move one setting after the other until all targets are reached.

        Raises:
            ConfigurationError: two targets move the same setting, or one cannot be reached.
        """
        moved = [target.setting for target in self.targets]
        if len(set(moved)) < len(moved):
            raise ConfigurationError.told("same setting", setting=max(moved, key=moved.count))
        [came_to] = self._totals([{}])
        values: dict[str, float] = {}
        for _ in range(_ROUNDS):
            [totals] = self._totals([values])
            missed = [i for i, total in enumerate(totals) if abs(total - self.targets[i].wanted) > self.tolerance]
            if not missed:
                return [self._moved(i, values, came_to[i], totals[i]) for i in range(len(totals))]
            for place in missed:
                values[moved[place]] = self._solved(place, values)
        names = ", ".join(self.targets[i].name for i in missed)
        sums = ", ".join(f"{totals[i]:.4f}" for i in missed)
        raise ConfigurationError.told("targets pull", names=names, rounds=_ROUNDS, totals=sums)

    def _moved(self, place: int, values: Values, came_to: float, comes_to: float) -> Moved:
        target = self.targets[place]
        before = value_of(self.settings, target.setting)
        return Moved(target, before, values.get(target.setting, before), came_to, comes_to)

    def _solved(self, place: int, others: Values) -> float:
        """The value of a target's setting at which it is reached, all others as they are."""
        target = self.targets[place]
        low, high = float(target.rule["low"]), float(target.rule["high"])
        found: dict[float, float] = {}
        points = [low + (high - low) * i / _GRID for i in range(_GRID + 1)]
        for _ in range(_REFINEMENTS):
            self.tell(f"{target.name}: {target.setting} at {', '.join(f'{point:g}' for point in points)}")
            totals = self._totals([{**others, target.setting: point} for point in points])
            found |= {point: total[place] for point, total in zip(points, totals, strict=True)}
            best = min(found, key=lambda point: abs(found[point] - target.wanted))
            if abs(found[best] - target.wanted) <= self.tolerance:
                return best
            around = [
                (one, other)
                for one, other in pairwise(sorted(found))
                if (found[one] - target.wanted) * (found[other] - target.wanted) < 0
            ]
            if not around:
                break
            one, other = around[0]
            guess = one + (target.wanted - found[one]) / (found[other] - found[one]) * (other - one)
            step = (other - one) / 2**_GRID
            near = (guess - step, guess - step / 8, guess, guess + step / 8, guess + step)
            points = sorted({round(min(max(point, one), other), _DIGITS) for point in near})
        year = f"_{target.year}" if target.year else ""
        raise ConfigurationError.told("out of reach", target=target, year=year, nearest=found[best], best=best)

    def _totals(self, points: Sequence[Values]) -> list[list[float]]:
        """What each target comes to at each point: the mean over the seeds."""
        new = [point for point in points if _key(point) not in self._seen]
        changed = [_with(self.settings, point) for point in new]
        futures = [one for settings in changed for one in with_seeds(settings, self.seeds)]
        at_once = max(1, LARGEST_PACK // max(self.people, 1))
        totals: list[list[float]] = []
        for first in range(0, len(futures), at_once):
            results = {target.rule["table"] for target in self.targets}
            with simulated(futures[first : first + at_once], self.census, self.tables, results) as database:
                totals += _of_futures(database, self.targets)
        for i, point in enumerate(new):
            own = totals[i * self.seeds : (i + 1) * self.seeds]
            self._seen[_key(point)] = [fmean(values) for values in zip(*own, strict=True)]
        return [self._seen[_key(point)] for point in points]


def scenario_text(moved: Sequence[Moved], below: dict[str, Any]) -> str:
    """A scenario with the settings that were moved, over those of the one that was calibrated."""
    tree = overlaid(below, nested({one.target.setting: one.after for one in moved if one.after != one.before}))
    return yaml_of(
        tree, *(f"{one.target.title}: {one.comes_to:.4f} for {one.target.wanted:g} wanted." for one in moved)
    )


def _of_futures(database: duckdb.DuckDBPyConnection, targets: Sequence[Target]) -> list[list[float]]:
    columns = []
    for target in targets:
        where = f"where simulation_year = {target.year}" if target.year else ""
        rows = database.execute(
            f"select avg(value) from (select cell, simulation_year, {target.rule['value']}::double as value"
            f" from {target.rule['table']} {where} group by all) group by cell order by cell"
        ).fetchall()
        columns.append([value for (value,) in rows])
    return [list(values) for values in zip(*columns, strict=True)]


def _with(settings: Settings, values: Values) -> Settings:
    """The settings with some changed, checked as those of a file are."""
    tree = settings.model_dump(mode="json", exclude_defaults=True)
    return Settings.model_validate(overlaid(tree, nested(dict(values))))


def _key(point: Values) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(point.items()))
