"""What decides a cell's result, as one key; and the inputs that a design reads."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from planalign_orchestrator.config import decides_result, flat_settings
from planalign_orchestrator.config.assumptions import AssumptionTable, assumption_fingerprints
from planalign_orchestrator.config.result_settings import NAMES_OF_A_RUN
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.inputs import RunInputs, local_files, versions
from planalign_orchestrator.storage.fingerprints import model_digests
from planalign_orchestrator.sweep.designs import Design

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
