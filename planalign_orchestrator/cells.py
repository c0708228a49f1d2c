"""The seam from settings to SQL: a run as a set of cells, each a row of settings that the models read as data.

A cell is one simulated future: a scenario, a plan design, a census and a seed. ``dbt/cells/_cells.yml`` says which column
of which table holds which setting; what is a list (tiers, bands, mixes) has a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from planalign_orchestrator.config import Settings

DESCRIPTION = "cells/_cells.yml"
"""Below the dbt project: the tables with their columns, types and settings."""

NO_BOUND = 9999
"""Stands in ``below`` of the last band."""


@dataclass(frozen=True)
class Cell:
    """One simulated future.

    Args:
        number: names it in every table and key.
        settings: of it.
        census: number of the census that it simulates.
    """

    number: int
    settings: Settings
    census: int = 1


@dataclass(frozen=True)
class CellTable:
    """A table that holds settings.

    Args:
        types: DuckDB type by column, in column order.
        settings: dotted path of the setting that a column holds, by column.
    """

    types: Mapping[str, str]
    settings: Mapping[str, str]


@cache
def cell_tables(project: Path) -> dict[str, CellTable]:
    """The tables of settings by name, as the dbt project describes them.

    Args:
        project: the folder of the dbt project.
    """
    content = YAML(typ="safe").load((project / DESCRIPTION).read_text(encoding="utf-8"))
    return {table["name"]: _table(table["columns"]) for table in content["seeds"]}


def cell_rows(cells: Iterable[Cell], project: Path, years: Iterable[int]) -> dict[str, list[tuple[str | None, ...]]]:
    """The rows of every table of settings, values as text.

    Args:
        cells: the futures of a pass.
        project: the folder of the dbt project.
        years: the plan years of the pass.
    """
    tables = cell_tables(project)
    rows: dict[str, list[tuple[str | None, ...]]] = {name: [] for name in tables}
    years = list(years)
    for cell in cells:
        for year in years:
            rows["cells"].append(tuple(_values(cell, year, tables["cells"])))
            for name, listed in _lists(cell.settings).items():
                rows[name] += [(str(cell.number), str(year), *map(_text, values)) for values in listed]
    return rows


def _table(columns: list[dict[str, Any]]) -> CellTable:
    settings = {column["name"]: column.get("config", {}).get("meta", {}).get("setting") for column in columns}
    return CellTable(
        {column["name"]: column["data_type"] for column in columns},
        {name: path for name, path in settings.items() if path},
    )


def _values(cell: Cell, year: int, table: CellTable) -> Iterator[str | None]:
    given = {"cell": cell.number, "simulation_year": year, "census": cell.census}
    for column, kind in table.types.items():
        value = given[column] if column in given else _setting(cell.settings, table.settings[column])
        if column == "cola_rate":
            value = cell.settings.compensation.cola_by_year.get(year, value)
        elif kind == "date" and isinstance(value, str):  # a day of every year, as MM-DD
            value = f"{year:04d}-{value}"
        yield _text(value)


def _setting(settings: Settings, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _lists(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the tables that hold lists, without cell and year."""
    core, match = settings.plan.core, settings.plan.match
    mix = settings.workforce.new_hires.level_mix
    bands = [] if core.type == "none" else [(0, core.rate)] if core.type == "flat" else [
        (band.minimum, band.rate) for band in core.bands
    ]  # fmt: skip
    return {
        "match_tiers": [
            (band.minimum, below, tier.deferral_from, tier.deferral_to, tier.rate)
            for band, below in _until_next([(band.minimum, band) for band in match.bands()])
            for tier in band.tiers
        ],
        "core_rates": [(minimum, below, rate) for (minimum, rate), below in _until_next([(b[0], b) for b in bands])],
        "hire_level_mix": [] if mix == "opening" else list(mix.items()),
        "promotion_raises": list(settings.compensation.promotion.raise_mean_by_level.items()),
    }


def _until_next(bands: list[tuple[int, Any]]) -> list[tuple[Any, int]]:
    """Each band with the minimum of the next one."""
    return [(band, following) for (_, band), (following, _) in pairwise([*bands, (NO_BOUND, None)])]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, list) else str(value)
