"""Moves settings until a simulation comes to given totals, with the same seeds each time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from planalign_orchestrator.config.amendments import overlaid
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.config.catalogue import meant, value_of, yaml_of
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.sweep.store import simulated, with_seeds
from planalign_orchestrator.sweep.sweeping import LARGEST_PACK
from planalign_orchestrator.tables import rendered, table

_TARGET = re.compile(r"([a-z_]+?)(?:_(\d{4}))?=(-?\d*\.?\d+)(%?)")
_GRID, _FINER, _MOST_POINTS, _ROUNDS = 4, 16, 26, 5
_DIGITS = 6

Values = Mapping[str, float]
"""Settings by dotted key."""


@dataclass
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

    def __post_init__(self) -> None:
        self.rule = table(__package__, "targets")[self.name]
        """How it is measured, and what is moved."""
        self.setting = self.rule["setting"]
        """What is moved."""
        self.title = f"{self.rule['title']}, {self.year or 'mean over the years'}"
        """In words."""

    @property
    def grid(self) -> list[float]:
        """Values of the setting, from the lowest to the highest: most of them low, where most settings are."""
        low, high = float(self.rule["low"]), float(self.rule["high"])
        return [low + (high - low) * (i / _GRID) ** 2 for i in range(_GRID + 1)]

    @classmethod
    def parse(cls, text: str, years: range) -> "Target":
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
        builder: of the futures.
        settings: as they are.
        census: checked, as canonical Parquet.
        people: how many it has.
        tables: the assumption tables.
        targets: what to reach, each by a setting of its own.
        seeds: futures of which each total is the mean.
        tolerance: how near is near enough.
        tell: is told of each step.
    """

    builder: ModelBuilder
    settings: Settings
    census: Path
    people: int
    tables: Mapping[str, AssumptionTable]
    targets: Sequence[Target]
    seeds: int
    tolerance: float
    tell: Callable[[str], None]

    def solve(self) -> list[Moved]:
        """Move one setting after the other until all targets are reached.

        Raises:
            ConfigurationError: two targets move the same setting, or one cannot be reached.
        """
        moved = [target.setting for target in self.targets]
        if len(set(moved)) < len(moved):
            raise ConfigurationError.told("same setting", setting=max(moved, key=moved.count))
        [came_to] = totals = self._totals([{}])
        values: dict[str, float] = {}
        for _ in range(_ROUNDS):
            missed = [i for i, total in enumerate(totals[0]) if abs(total - self.targets[i].wanted) > self.tolerance]
            if not missed:
                return [self._moved(i, values, came_to[i], totals[0][i]) for i in range(len(moved))]
            for place in missed:
                values[moved[place]] = self._solved(place, values)
            totals = self._totals([values])
        names = ", ".join(self.targets[i].name for i in missed)
        sums = ", ".join(f"{totals[0][i]:.4f}" for i in missed)
        raise ConfigurationError.told("targets pull", names=names, rounds=_ROUNDS, totals=sums)

    def _moved(self, place: int, values: Values, came_to: float, comes_to: float) -> Moved:
        target = self.targets[place]
        before = value_of(self.settings, target.setting)
        return Moved(target, before, values.get(target.setting, before), came_to, comes_to)

    def _solved(self, place: int, others: Values) -> float:
        """The value of a target's setting at which it is reached, all others as they are.

        A pass costs more than the futures in it, so that each has all points that may serve.

        Args:
            place: of the target.
            others: settings that were moved already.
        """
        target = self.targets[place]
        found: dict[float, float] = {}
        points = target.grid
        while points and len(found) < _MOST_POINTS:
            self.tell(f"{target.name}: {target.setting} at {', '.join(f'{point:g}' for point in points)}")
            totals = self._totals([{**others, target.setting: point} for point in points])
            found |= {point: total[place] for point, total in zip(points, totals, strict=True)}
            best = min(found, key=lambda point: abs(found[point] - target.wanted))
            if abs(found[best] - target.wanted) <= self.tolerance:
                return best
            points = _around(found, target.wanted)
        year = f"_{target.year}" if target.year else ""
        raise ConfigurationError.told("out of reach", target=target, year=year, nearest=found[best], best=best)

    def _totals(self, points: Sequence[Values]) -> list[list[float]]:
        """What each target comes to at each point: the mean over the seeds."""
        futures = [one for point in points for one in with_seeds(_with(self.settings, point), self.seeds)]
        at_once = max(1, LARGEST_PACK // max(self.people, 1))
        until = max(target.year or self.settings.simulation.end_year for target in self.targets)
        results = {target.rule["table"] for target in self.targets}
        totals: list[tuple[float, ...]] = []
        for first in range(0, len(futures), at_once):
            pack = futures[first : first + at_once]
            with simulated(self.builder, pack, self.census, self.tables, results, until) as database:
                queries = (
                    rendered(__package__, "calibrated_total.sql", rule=target.rule, year=target.year)
                    for target in self.targets
                )
                columns = [[value for (value,) in database.execute(query).fetchall()] for query in queries]
            totals += zip(*columns, strict=True)
        each = iter(totals)
        return [[fmean(own) for own in zip(*islice(each, self.seeds), strict=True)] for _ in points]


def _around(found: Mapping[float, float], wanted: float) -> list[float]:
    """New points about the one where the total is the one wanted; none where all totals are on one side of it."""
    for one, other in pairwise(sorted(found)):
        if (found[one] - wanted) * (found[other] - wanted) <= 0:
            guess = one + (wanted - found[one]) / ((found[other] - found[one]) or 1) * (other - one)
            step = (other - one) / _FINER
            near = (guess - step, guess, guess + step)
            return sorted({round(min(max(point, one), other), _DIGITS) for point in near} - found.keys())
    return []


def scenario_text(moved: Sequence[Moved], below: dict[str, Any]) -> str:
    """A scenario with the settings that were moved, over those of the one that was calibrated."""
    tree = overlaid(below, nested({one.target.setting: one.after for one in moved if one.after != one.before}))
    return yaml_of(
        tree, *(f"{one.target.title}: {one.comes_to:.4f} for {one.target.wanted:g} wanted." for one in moved)
    )


def _with(settings: Settings, values: Values) -> Settings:
    """The settings with some changed, checked as those of a file are."""
    tree = settings.model_dump(mode="json", exclude_defaults=True)
    return Settings.model_validate(overlaid(tree, nested(dict(values))))
