"""The seam from settings to SQL: a run as a set of cells, each a row of settings that the models read as data.

A cell is one simulated future: a scenario, a plan design, a census and a seed. ``dbt/cells/_cells.yml`` says which
column of which table holds which setting; what is a list (tiers, bands, mixes) has a table of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby, pairwise
from typing import Any

import duckdb

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.catalogue import value_of
from planalign_orchestrator.config.contributions import Core
from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.model.project import Project
from planalign_orchestrator.warehouse import load_table

Row = tuple[str | None, ...]
"""Values as text."""

_NINE_DIGITS = Decimal("1e-9")

NO_BOUND = 9999
"""Stands in ``below`` of the last band."""


@dataclass(frozen=True)
class Cell:
    """One simulated future.

    Args:
        number: names it in every table and key.
        settings: of it, with its amendments; each year has those in force.
        census: number of the census that it simulates.
    """

    number: int
    settings: Settings
    census: int = 1


def load_cells(
    connection: duckdb.DuckDBPyConnection, project: Project, cells: Iterable[Cell], years: Iterable[int]
) -> None:
    """Replace the settings from a year on. Those of the years before stay: they say what was in force when.

    Args:
        connection: an open database.
        project: says which column holds which setting.
        cells: the futures to simulate.
        years: the plan years.
    """
    plan_years = list(years)
    for name, rows in cell_rows(project, cells, plan_years).items():
        load_table(connection, name, project.seeds[name], rows, since=plan_years[0])


def cell_rows(project: Project, cells: Iterable[Cell], years: Iterable[int]) -> dict[str, list[Row]]:
    """The rows of every table of settings, in the order of their columns, for ``load_cells``."""
    rows: dict[str, list[Row]] = {name: [] for name in project.cells}
    plan_years, kinds = list(years), project.seeds["cells"]
    for cell in cells:
        for settings, alike in groupby(plan_years, partial(settings_of, cell.settings)):
            values = _values(settings, project)
            days = {name: day for name, day in values.items() if kinds[name] == "date" and isinstance(day, str)}
            texts = {name: _text(value) for name, value in values.items()}
            lists = {name: [tuple(map(_text, row)) for row in listed] for name, listed in _lists(settings).items()}
            for year in alike:
                dated = {name: f"{year:04d}-{day}" for name, day in days.items()}  # those of every year are MM-DD
                of_year = {name: _text(value) for name, value in _of_year(cell, settings, year).items()}
                rows["cells"].append(tuple({**texts, **dated, **of_year}.values()))
                for name, listed in lists.items():
                    rows[name] += [(str(cell.number), str(year), *row) for row in listed]
    return rows


def _values(settings: Settings, project: Project) -> dict[str, Any]:
    """What the columns hold, in their order; nothing in those that ``_of_year`` fills."""
    values: dict[str, Any] = dict.fromkeys(project.seeds["cells"])
    values |= {name: value_of(settings, key) for name, key in project.cells["cells"].items()}
    return values | {name: group_name(values[name]) for name in ("steered_by", "core_classes_by") if values[name]}


def _of_year(cell: Cell, settings: Settings, year: int) -> dict[str, Any]:
    return {
        "cell": cell.number,
        "simulation_year": year,
        "census": cell.census,
        "is_first_year": year == settings.simulation.start_year,
        "census_date": date(settings.simulation.start_year - 1, 12, 31),
        "structure_factor": _structure_factor(cell.settings, year),
    }


def _structure_factor(settings: Settings, year: int) -> Decimal:
    """The pay structure of a year against that of the first one, grown by the rate of each year since."""
    factor = Decimal(1)
    for past in range(settings.simulation.start_year + 1, year + 1):
        factor *= 1 + Decimal(str(settings_of(settings, past).compensation.structure_growth_rate))
    return factor.quantize(_NINE_DIGITS)


def _lists(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the tables that hold lists, without cell and year."""
    core, match = settings.plan.core, settings.plan.match
    mix = settings.workforce.new_hires.level_mix
    return {
        "match_tiers": [
            (band.minimum, below, tier.deferral_from, tier.deferral_to, tier.rate)
            for band, below in _until_next([(band.minimum, band) for band in match.bands()])
            for tier in band.tiers
        ],
        "core_rates": _core_rates(core),
        "hire_level_mix": [] if mix == "opening" else list(mix.items()),
        "excluded_groups": [
            (source, group_name(left_out.group), left_out.value)
            for source, rule in settings.plan.entries().items()
            for left_out in rule.excluded_groups
        ],
        "steered_rates": [
            (unit.value, unit.target_growth_rate, unit.total_termination_rate, unit.new_hire_termination_rate)
            for unit in settings.workforce.steered
        ],
        "promotion_raises": list(settings.compensation.promotion.raise_mean_by_level.items()),
    }


def _core_rates(core: Core) -> list[tuple[Any, ...]]:
    """The rates by what counts, with the class that they are for where classes are not by age."""
    pool = core.profit_sharing
    bands = {"none": [], "flat": [(0, core.rate)], "profit_sharing": []}.get(
        core.type, [(band.minimum, band.rate) for band in core.bands]
    )
    if core.type == "profit_sharing" and pool.shared_by == "rates":
        if pool.classes_by != "age":
            return [(0, NO_BOUND, row.rate, row.who) for row in pool.classes]
        bands = [(int(row.who), row.rate) for row in pool.classes]
    return [(minimum, below, rate, None) for (minimum, rate), below in _until_next([(b[0], b) for b in bands])]


def _until_next(bands: list[tuple[int, Any]]) -> list[tuple[Any, int]]:
    """Each band with the minimum of the next one."""
    return [(band, following) for (_, band), (following, _) in pairwise([*bands, (NO_BOUND, None)])]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "[" + ", ".join(map(str, value)) + "]" if isinstance(value, list) else str(value)
