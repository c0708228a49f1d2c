"""The sweep file: which seeds, scenarios, settings and plans are combined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from planalign_orchestrator.config.faults import Fault, dotted, raise_together
from planalign_orchestrator.config.yaml_file import read_yaml_file

REMEDY = "docs/sweeps.md lists what a sweep file may hold."

Point = tuple[str, Mapping[str, Any]]
"""A name, and settings by dotted key."""


class SweepFile(BaseModel):
    """What a sweep combines; every part may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: Path | None = Field(default=None, description="configuration file, below everything else")
    set: dict[str, Any] = Field(default={}, description="settings of all cells, by dotted key")
    seeds: int | list[int] = Field(default=1, description="how many, counted up from simulation.random_seed, or which")
    scenarios: list[str] = Field(default=[], description="names or files of scenarios")
    settings: list[dict[str, Any]] = Field(
        default=[], description="a list of designs: settings by dotted key, and a name"
    )
    grid: dict[str, list[Any]] = Field(default={}, description="values by dotted key; all combinations are simulated")
    plans: Path | None = Field(default=None, description="folder with a folder for each plan")
    tables: list[Literal["fct_plan_by_group", "fct_compensation_growth", "fct_ndt_test"]] = Field(
        default=[], description="kept as well"
    )
    budget: float | None = Field(default=None, gt=0, description="dollars of net employer cost over all years")
    precision: float = Field(default=0.01, gt=0, lt=1, description="wished half width of the 95% interval of mean cost")

    def points(self) -> list[Point]:
        """Every combination of the listed designs and the grid; without either one point that changes nothing."""
        listed = [(_name(one, number), _values(one)) for number, one in enumerate(self.settings, 1)] or [("", {})]
        grids: Iterator[tuple[Any, ...]] = product(*self.grid.values())
        grid = [dict(zip(self.grid, values, strict=True)) for values in grids]
        return [
            (", ".join(filter(None, [name, *(f"{key.split('.')[-1]}={value}" for key, value in more.items())])),
             {**values, **more})
            for (name, values), more in product(listed, grid)
        ]  # fmt: skip

    def seeds_from(self, first: int) -> list[int]:
        """The seeds; a number of them starts at the first one."""
        return (
            list(dict.fromkeys(self.seeds)) if isinstance(self.seeds, list) else list(range(first, first + self.seeds))
        )


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
        faults = [(tuple(one["loc"]), one["msg"]) for one in error.errors(include_url=False)]
        raise_together((Fault(read.where(loc), f"{dotted(loc)}: {message}") for loc, message in faults), remedy=REMEDY)
        raise
    places = {name: path.parent / value for name in ("config", "plans") if (value := getattr(found, name)) is not None}
    scenarios = [str(path.parent / name) if name.endswith((".yaml", ".yml")) else name for name in found.scenarios]
    return found.model_copy(update={**places, "scenarios": scenarios})


def _name(listed: Mapping[str, Any], number: int) -> str:
    return str(listed.get("name", number))


def _values(listed: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in listed.items() if key != "name"}
