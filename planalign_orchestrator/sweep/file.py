"""The sweep file, and its designs: settings of a plan in a scenario, without the seed; and what names a result.

It says which seeds, scenarios, settings and plans are combined.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from planalign_orchestrator.config import Settings, decides_result, find_scenario_file, flat_settings, load_settings
from planalign_orchestrator.config.assumptions import AssumptionTable, assumption_fingerprints
from planalign_orchestrator.config.catalogue import Fault, KeyPath, dotted, meant, raise_together
from planalign_orchestrator.config.fields import Section, conflict
from planalign_orchestrator.config.layers import Layer, environment_layer, file_layer, merged, nested, resolve_paths
from planalign_orchestrator.config.loading import known_plan_layers, take_out_faulty
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN
from planalign_orchestrator.config.secrecy import is_address, without_secrets
from planalign_orchestrator.config.yaml_file import read_yaml_file
from planalign_orchestrator.errors import CensusError, ConfigurationError, PlanAlignError
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.inputs import RunInputs, local_files, versions
from planalign_orchestrator.storage.fingerprints import model_digests

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

    @field_validator("seeds")
    @classmethod
    def _some_seeds(cls, seeds: int | list[int]) -> int | list[int]:
        is_wrong = seeds < 1 if isinstance(seeds, int) else min(seeds, default=-1) < 0 or len({*seeds}) < len(seeds)
        if is_wrong:
            raise conflict("is a number of seeds from 1 on, or lists seeds from 0 on, each once", "seeds")
        return seeds

    @property
    def kept_tables(self) -> tuple[str, ...]:
        """The tables that are kept beside the summary."""
        tests = ["fct_ndt_test"] if self.search is not None and self.search.passes else []
        return tuple(dict.fromkeys([*self.tables, *tests]))

    def at(self, points: Sequence[Mapping[str, Any]]) -> SweepFile:
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
        """The seeds; a number of them starts at the first one."""
        return self.seeds if isinstance(self.seeds, list) else list(range(first, first + self.seeds))


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


CENSUS_NAMES = ("census.csv", "census.parquet", "census.xlsx", "census.csv.gz", "census.csv.zst")
MAPPING_NAME, SCENARIO_NAME = "mapping.yaml", "scenario.yaml"


@dataclass(frozen=True)
class Design:
    """A plan in a scenario at a point of the grid; with a seed it is a cell.

    Args:
        plan: its folder's name; empty where there is one census for all.
        scenario: its name; empty for the settings as they are.
        point: of the list or grid; empty where there is none.
        changes: the settings that differ from the defaults, as JSON: they are far smaller than settings.
    """

    plan: str
    scenario: str
    point: str
    changes: str

    @property
    def settings(self) -> Settings:
        """The settings."""
        return Settings.model_validate_json(self.changes)

    @property
    def alternative(self) -> str:
        """What is compared with others: scenario and point."""
        return ", ".join(filter(None, (self.scenario, self.point))) or "as configured"

    @property
    def run_name(self) -> str:
        """Names the design's configuration file and run folder: readable, and its own."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", self.title).strip("_")[:40]
        return f"{words}_{hashlib.sha256(f'{self.title}{self.changes}'.encode()).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        """Names it to people."""
        return ", ".join(filter(None, (self.plan, self.scenario, self.point))) or "as configured"


@dataclass(frozen=True)
class Failure:
    """Cells that have no result.

    Args:
        title: names the design, and the seed where it is about one.
        reason: what the error said.
        exit_code: of the error.
    """

    title: str
    reason: str
    exit_code: int

    @classmethod
    def of(cls, title: str, error: PlanAlignError) -> Failure:
        """The failure that an error means."""
        return cls(title, error.message, error.exit_code)


def designs_of(sweep: SweepFile, base: Path, extra: dict[str, Any]) -> Iterator[Design | Failure]:
    """Every combination of plans, scenarios and points; settings that do not hold are failures with a name.

    Args:
        sweep: what to combine.
        base: paths among its settings are relative to this folder.
        extra: settings of the command line, nested, above those of the file; paths are relative to the working folder.

    Raises:
        ConfigurationError: what is wrong for all of them.
    """
    resolve_paths(extra, Path())
    below = [_readable(file_layer(sweep.config, "file"))] if sweep.config else []
    below += [_layer(sweep.set, base), environment_layer(os.environ), Layer("flag", extra, str)]
    scenarios = [(Path(name).stem, find_scenario_file(name)) for name in sweep.scenarios] or [("", None)]
    above = [(name, [_readable(file_layer(file, "scenario"))] if file else []) for name, file in scenarios]
    points = [((name, values), _layer(values, base)) for name, values in sweep.points()]
    for plan in _plans(sweep.plans):
        try:
            own = [*below, *_plan_layers(plan)]
        except PlanAlignError as error:
            yield Failure.of(plan.name if plan else "", error)
            continue
        for scenario, layers in above:
            for point, layer in points:
                whole = [*own, *layers, layer]
                whole += known_plan_layers(own, whole)
                yield _design(plan.name if plan else "", scenario, point, whole)


def _design(plan: str, scenario: str, point: Point, layers: list[Layer]) -> Design | Failure:
    design = Design(plan, scenario, point[0], "")
    tree = merged(layers)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError:
        try:  # says in the program's own words what is wrong
            settings = load_settings(config_file=None, scenario_file=None, environ={}, flags=tree).settings
        except ConfigurationError as error:
            return Failure.of(design.title, error)
    changes = settings.model_dump(mode="json", exclude_defaults=True)
    return Design(plan, scenario, point[0], json.dumps(changes, sort_keys=True))


def _plans(folder: Path | None) -> list[Path | None]:
    if folder is None:
        return [None]
    refuse_pipes(folder, 1)
    found: list[Path | None] = [path for path in sorted(folder.glob("*")) if path.is_dir()]
    if not found:
        files = {"censuses": ", ".join(CENSUS_NAMES), "mapping": MAPPING_NAME, "scenario": SCENARIO_NAME}
        raise ConfigurationError.told("no plans", folder=folder, **files)
    return found


def _plan_layers(plan: Path | None) -> list[Layer]:
    if plan is None:
        return []
    census = [path for name in CENSUS_NAMES if (path := plan / name).is_file()]
    if len(census) != 1:
        raise CensusError(f"{plan} has {len(census)} census files; one of {', '.join(CENSUS_NAMES)} is expected")
    mapping, scenario = plan / MAPPING_NAME, plan / SCENARIO_NAME
    given = {"census.path": str(census[0]), **({"census.mapping": str(mapping)} if mapping.is_file() else {})}
    return [_layer(given, Path()), *([_readable(file_layer(scenario, "scenario"))] if scenario.is_file() else [])]


def _layer(flat: dict[str, Any] | Any, base: Path) -> Layer:
    tree = nested(flat)
    resolve_paths(tree, base)
    return Layer("flag", tree, str)


def _readable(layer: Layer) -> Layer:
    take_out_faulty(layer)
    raise_together(layer.faults, remedy=REMEDY)
    return layer


_SEED = "simulation.random_seed"


@dataclass(frozen=True)
class Sources:
    """What a design reads.

    Args:
        key: of its results, whatever the seed.
        census_key: of its checked census.
        read_as: censuses of which it is equal are read in one way.
        group: designs of equal groups can share a pack.
        census: the census file.
        tables: files of assumption tables that were fetched, by table.
        assumptions: the tables.
    """

    key: str
    census_key: str
    read_as: str
    group: str
    census: Path
    tables: Mapping[str, Path]
    assumptions: Mapping[str, AssumptionTable]


def sources_of(design: Design, folder: Path) -> Sources:
    """Find what a design reads; what lies at an address is fetched.

    Args:
        design: the design.
        folder: takes downloads.

    Raises:
        CensusError, ConfigurationError, NetworkError: it cannot be read.
    """
    settings = design.settings
    census, tables = local_files(settings, lambda _, address: folder / digest(address)[:24])
    inputs = RunInputs(settings, census, tables=tables)
    assumptions = assumption_fingerprints(inputs.assumptions)
    years = [settings.simulation.start_year, settings.simulation.end_year]
    deciding = {
        key: value
        for key, value in flat_settings(settings).items()
        if decides_result(key) and key not in (*NAMES_OF_A_RUN, _SEED)
    }
    read_as = {key: value for key, value in deciding.items() if key.startswith("census.")}
    return Sources(
        key=digest(deciding, years, inputs.census_fingerprint, assumptions, _models(), deciding_versions()),
        census_key=digest(read_as, years[0], inputs.census_fingerprint, assumptions["levels"], deciding_versions()),
        read_as=digest(read_as, years[0], assumptions["levels"]),
        group=digest(years, assumptions),
        census=census,
        tables=tables,
        assumptions=inputs.assumptions,
    )


def deciding_versions() -> dict[str, str]:
    """The versions on which results depend; no number of the model is computed in Python itself."""
    return {name: version for name, version in versions().items() if name != "python"}


def digest(*parts: Any) -> str:
    """A digest of plain data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@cache
def _models() -> dict[str, str]:
    return model_digests(dbt_project_dir())
