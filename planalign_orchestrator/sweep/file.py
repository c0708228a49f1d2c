"""The sweep file: which seeds, scenarios, settings and plans are combined."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from planalign_orchestrator.config.catalogue import Fault, KeyPath, dotted, meant, raise_together
from planalign_orchestrator.config.fields import Section, conflict, refusal
from planalign_orchestrator.config.secrecy import is_address, without_secrets
from planalign_orchestrator.config.settings import LARGEST_SEED
from planalign_orchestrator.config.yaml_file import read_yaml_file
from planalign_orchestrator.errors import ConfigurationError

MOST_FUTURES = 1_000_000
_NEIGHBORS = 3
"""So many values of a setting a search tries at least in a round."""
REMEDY = "docs/sweeps.md lists what a sweep file may hold."

Measure = Literal[
    "net_employer_cost", "employer_match", "employer_core", "employee_contributions", "payroll", "closing_headcount",
    "participation_rate", "mean_deferral_rate", "cost_share_of_payroll",
]  # fmt: skip
Test = Literal["adp", "acp", "coverage_deferrals", "coverage_match", "coverage_core", "amount_core", "top_heavy"]

Point = tuple[str, Mapping[str, Any]]
"""A name, and settings by dotted key."""


class Search(Section):
    """What is looked for: the least cost within limits."""

    vary: dict[str, list[Any]] = Field(min_length=1, description="a coarse grid by dotted key, which is refined")
    at_least: dict[Measure, float] = Field(default={}, description="lowest mean of the last year, by measure")
    at_most: dict[Measure, float] = Field(default={}, description="highest mean of the last year, by measure")
    passes: list[Test] = Field(default=[], description="nondiscrimination tests that fail in no year")
    sure: float = Field(default=0.95, gt=0, le=1, description="the share of futures in which they pass")
    rounds: int = Field(default=3, ge=0, le=8, description="how often the grid around the best point is halved")

    @property
    def gain(self) -> str:
        """The measure that stands against cost: the first that is to reach something."""
        return next(iter(self.at_least), "participation_rate")

    @property
    def measures(self) -> list[str]:
        """The measures of the last year that count."""
        return list(dict.fromkeys((*self.at_least, *self.at_most, self.gain)))


class SweepFile(Section):
    """What a sweep combines; every part may be left out."""

    config: Path | None = Field(default=None, description="configuration file, below everything else")
    set: dict[str, Any] = Field(default={}, description="settings of all cells, by dotted key")
    seeds: int | list[int] = Field(default=1, description="how many, counted up from simulation.random_seed, or which")
    scenarios: list[str] = Field(default=[], description="names or files of scenarios")
    settings: list[dict[str, Any]] = Field(
        default=[], description="a list of designs: settings by dotted key, and a name"
    )
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default={}, description="values by dotted key; all combinations are simulated"
    )
    plans: Path | None = Field(default=None, description="folder with a folder for each plan")
    tables: list[Literal["fct_plan_by_group", "fct_compensation_growth", "fct_ndt_test"]] = Field(
        default=[], description="kept as well"
    )
    budget: float | None = Field(default=None, gt=0, description="dollars of net employer cost over all years")
    search: Search | None = Field(default=None, description="look for the cheapest design within limits")
    precision: float = Field(default=0.01, gt=0, lt=1, description="wished half width of the 95% interval of mean cost")

    def check(self) -> None:
        if self.search is not None and (self.settings or self.grid):
            raise conflict("varies settings by itself; leave out settings and grid", "search")
        choices = [*map(len, self.grid.values())]
        choices += [max(_NEIGHBORS, len(values)) for values in (self.search.vary.values() if self.search else ())]
        seeds = self.seeds if isinstance(self.seeds, int) else len(self.seeds)
        if (futures := math.prod([len(self.settings) or 1, len(self.scenarios) or 1, *choices, seeds])) > MOST_FUTURES:
            part = "search" if self.search else "grid" if self.grid else "seeds"
            raise conflict(f"makes {futures:.3g} futures, more than {MOST_FUTURES:,}", part)
        times = Counter(name for name, _ in self.points())
        if twice := next((name for name, number in times.items() if number > 1), None):
            raise conflict(f"several designs are called {twice!r}; give each a name of its own", "settings")

    @field_validator("config", "scenarios", "plans", mode="before")
    @classmethod
    def _no_address(cls, given: Any) -> Any:
        if any(is_address(str(one)) for one in (given if isinstance(given, list) else [given])):
            raise conflict("is an address; copy what is there, and name the copy", "")
        return given

    @field_validator("seeds", mode="before")
    @classmethod
    def _no_truth_values_for_seeds(cls, given: Any) -> Any:
        if isinstance(given, list) and any(isinstance(seed, bool) for seed in given):
            raise refusal("truth_value")
        return given

    @field_validator("seeds")
    @classmethod
    def _some_seeds(cls, seeds: int | list[int]) -> int | list[int]:
        is_wrong = seeds < 1 if isinstance(seeds, int) else min(seeds, default=-1) < 0 or len({*seeds}) < len(seeds)
        if is_wrong:
            raise conflict("is a number of seeds from 1 on, or lists seeds from 0 on, each once", "seeds")
        if isinstance(seeds, list) and max(seeds) > LARGEST_SEED:
            raise conflict(f"lists {max(seeds)}; a seed is at most {LARGEST_SEED}", "seeds")
        return seeds

    @property
    def kept_tables(self) -> tuple[str, ...]:
        """The tables that are kept beside the summary."""
        tests = ["fct_ndt_test"] if self.search is not None and self.search.passes else []
        return tuple(dict.fromkeys([*self.tables, *tests]))

    def at(self, points: Sequence[Mapping[str, Any]]) -> "SweepFile":
        """The same with these points of a search."""
        return self.model_copy(update={"settings": [{"name": _said(values), **values} for values in points]})

    def points(self) -> list[Point]:
        """Every combination of the listed designs and the grid; without either one point that changes nothing."""
        listed = [(str(one.get("name", at)), {**one}) for at, one in enumerate(self.settings, 1)] or [("", {})]
        for _, values in listed:
            values.pop("name", None)
        return [
            (", ".join(filter(None, (name, _said(more)))), {**values, **more})
            for (name, values), more in product(listed, combinations(self.grid))
        ]

    def seeds_from(self, first: int) -> list[int]:
        """The seeds; a number of them starts at the first one.

        Raises:
            ConfigurationError: one of them is too large.
        """
        if isinstance(self.seeds, list):
            return self.seeds
        if first + self.seeds - 1 > LARGEST_SEED:
            told = f"simulation.random_seed is {first}; {self.seeds} seeds from it on end above {LARGEST_SEED}"
            raise ConfigurationError(told, remedy="Set a smaller random_seed, or list the seeds.")
        return list(range(first, first + self.seeds))


def combinations(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """All combinations of values by key."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def read_sweep_file(path: Path) -> SweepFile:
    """Read a sweep file; its paths are relative to it.

    Raises:
        ConfigurationError: with every fault, each with its line.
    """
    read = read_yaml_file(path)
    raise_together(read.faults, remedy=REMEDY)
    try:
        found = SweepFile.model_validate(read.data)
    except ValidationError as error:
        faults = [(_place(one), _complaint(one)) for one in error.errors(include_url=False)]
        raise_together((Fault(read.where(loc), f"{dotted(loc)}: {message}") for loc, message in faults), remedy=REMEDY)
        raise
    places = {name: path.parent / value for name in ("config", "plans") if (value := getattr(found, name)) is not None}
    scenarios = [str(path.parent / name) if name.endswith((".yaml", ".yml")) else name for name in found.scenarios]
    return found.model_copy(update={**places, "scenarios": scenarios})


def _place(error: ErrorDetails) -> KeyPath:
    """Where an error stands; a check of the whole file names its key itself."""
    return tuple(error["loc"]) or tuple(error.get("ctx", {}).get("keys", ()))


def _complaint(error: ErrorDetails) -> str:
    if error["type"] != "extra_forbidden":
        return error["msg"]
    model = Search if len(error["loc"]) > 1 else SweepFile
    names = model.model_fields
    return f"is unknown; {meant(str(error['loc'][-1]), names, 'it may hold ' + ', '.join(names))}"


def _said(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.split('.')[-1]}={without_secrets(value)}" for key, value in values.items())
