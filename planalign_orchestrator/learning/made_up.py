"""Makes up the past of an employer: a synthetic census, and what a simulation makes of it year by year."""

import datetime as dt
from pathlib import Path

import duckdb

from planalign_orchestrator.census import generate_census, read_census
from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.assumptions import effective_assumptions
from planalign_orchestrator.learning.ensemble import builder_of_futures, simulated, with_random_exits
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import copy_synced, make_private_folder, private_files
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import quoted_path


def generate_history(
    folder: Path, *, employees: int, first_year: int, files: int, seed: int, settings: Settings
) -> list[Path]:
    """Write yearly censuses of a made-up employer, each with the leavers of its year; the truth is in the settings.

    Args:
        folder: takes ``census_YEAR.csv`` for each year.
        employees: a year before the first file.
        first_year: of the first file, which describes its last day.
        files: how many.
        seed: another one gives another past.
        settings: what happened; exits are random.
    """
    eve = dt.date(first_year - 1, 12, 31)  # what people do in the first file is the simulation's too
    years = range(first_year, first_year + files)
    simulation = {"start_year": years[0], "end_year": years[-1], "random_seed": seed}
    truth = settings.model_copy(update={"simulation": settings.simulation.model_copy(update=simulation)})
    make_private_folder(folder)
    with private_files(), scratch_folder() as scratch:
        generate_census(scratch / "eve.csv", employees=employees, seed=seed, as_of=eve)
        checked = read_census(scratch / "eve.csv", as_of=eve, output=scratch / "eve.parquet").output
        tables = effective_assumptions(truth, dbt_project_dir() / "seeds")
        results, past = ["fct_workforce_snapshot"], [with_random_exits(truth)]
        with builder_of_futures() as builder, simulated(builder, past, checked, tables, results) as database:
            return [_write(database, year, scratch, folder) for year in years]


def _write(database: duckdb.DuckDBPyConnection, year: int, scratch: Path, folder: Path) -> Path:
    name = f"census_{year}.csv"
    database.execute(rendered(__package__, "census_of_a_year.sql", year=year, path=quoted_path(scratch / name)))
    copy_synced(scratch / name, folder / name)
    return folder / name
