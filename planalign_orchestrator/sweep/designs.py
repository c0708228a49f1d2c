"""From a sweep file to designs: settings of a plan in a scenario, without the seed; and what names a result."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planalign_orchestrator.config.assumptions import AssumptionTable, assumption_fingerprints
from planalign_orchestrator.config.catalogue import raise_together
from planalign_orchestrator.config.layers import Layer, environment_layer, file_layer, merged, nested, resolve_paths
from planalign_orchestrator.config.loading import find_scenario_file, known_plan_layers, load_settings, take_out_faulty
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN, decides_result, flat_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import CensusError, ConfigurationError, PlanAlignError
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.inputs import RunInputs, local_files, versions
from planalign_orchestrator.storage.fingerprints import model_digests
from planalign_orchestrator.sweep.file import REMEDY, Point, SweepFile

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
        census: its path, which is often all that plans of a book differ in; None of the bundled one.
    """

    plan: str
    scenario: str
    point: str
    changes: str
    census: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings."""
        return _with(_settings(self.changes), "census", path=self.census)

    @property
    def alternative(self) -> str:
        """What is compared with others: scenario and point."""
        return ", ".join(filter(None, (self.scenario, self.point))) or "as configured"

    @property
    def run_name(self) -> str:
        """Names the design's configuration file and run folder: readable, and its own."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", self.title).strip("_")[:40]
        return f"{words}_{hashlib.sha256(f'{self.title}{self.changes}{self.census}'.encode()).hexdigest()[:8]}"

    @property
    def title(self) -> str:
        """Names it to people."""
        return ", ".join(filter(None, (self.plan, self.scenario, self.point))) or "as configured"


@lru_cache(maxsize=64)
def _settings(changes: str) -> Settings:
    return Settings.model_validate_json(changes)


def _with(settings: Settings, section: str, **changed: Any) -> Settings:
    return settings.model_copy(update={section: getattr(settings, section).model_copy(update=changed)})


def with_seed(settings: Settings, seed: int) -> Settings:
    """The settings with another seed."""
    return _with(settings, "simulation", random_seed=seed)


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
    def of(cls, title: str, error: PlanAlignError) -> "Failure":
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
    _decided.cache_clear()  # files of assumptions may have changed since
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
    path = changes.get("census", {}).pop("path", None)
    return Design(plan, scenario, point[0], json.dumps(changes, sort_keys=True), path)


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
        seed: the first one.
        census: the census file.
        tables: files of assumption tables that were fetched, by table.
        assumptions: the tables.
    """

    key: str
    census_key: str
    read_as: str
    group: str
    seed: int
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
    content = RunInputs(settings, census).census_fingerprint
    key, read_as, group, assumptions = _decided(design.changes, tuple(tables.items()))
    seed = settings.simulation.random_seed
    return Sources(digest(key, content), digest(read_as, content), read_as, group, seed, census, tables, assumptions)


@lru_cache(maxsize=64)
def _decided(changes: str, tables: tuple[tuple[str, Path], ...]) -> tuple[str, str, str, Mapping[str, AssumptionTable]]:
    """What is the same whatever the census: digests for ``Sources``, and the assumption tables."""
    settings = _settings(changes)
    assumptions = RunInputs(settings, Path(), tables=dict(tables)).assumptions
    contents, versions = assumption_fingerprints(assumptions), deciding_versions()
    years = [settings.simulation.start_year, settings.simulation.end_year]
    deciding = {
        key: value
        for key, value in flat_settings(settings).items()
        if decides_result(key) and key not in (*NAMES_OF_A_RUN, _SEED)
    }
    read_as = {key: value for key, value in deciding.items() if key.startswith("census.")}
    return (
        digest(deciding, years, contents, _models(), versions),
        digest(read_as, years[0], contents["levels"], versions),
        digest(years, contents),
        assumptions,
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
