"""One pass over many cells: all years with the laws, in one database, without reports and year copies."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.model.failures import told_of
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import INITIALIZATION, STAGES, VALIDATION
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import PUBLIC_TABLES, DatabaseLimits, fetch_dicts, load_table

IN_MEMORY = Path(":memory:")
"""The database of a pass that leaves nothing behind."""


@dataclass(frozen=True)
class BrokenCell:
    """A cell whose laws did not hold; it ends with the year in which they broke.

    Args:
        cell: its number.
        year: the plan year.
        laws: the names of the laws.
    """

    cell: int
    year: int
    laws: tuple[str, ...]


@contextmanager
def passing(where: str, memory_mib: int, *, on_disk: bool = False) -> Iterator[tuple[ModelBuilder, Path]]:
    """A builder whose database is gone when the block ends, and a folder beside it.

    Args:
        where: what is simulated, as a failure names it.
        memory_mib: of the database; it may spill most of what is free on the disk.
        on_disk: whether the database is a file in the folder, and not in memory.
    """
    with private_files(), scratch_folder() as scratch, told_of(where, IN_MEMORY):
        free = int(shutil.disk_usage(scratch).free * 0.9) >> 20
        limits = DatabaseLimits(f"{memory_mib}MiB", 1, scratch / "spill", f"{free}MiB")
        database = scratch / "simulation.duckdb" if on_disk else IN_MEMORY
        builder = ModelBuilder(dbt_project_dir(), database, limits, scratch / "sql")
        try:
            yield builder, scratch
        finally:
            builder.close()


def with_seed(settings: Settings, seed: int) -> Settings:
    """The settings with another seed."""
    return settings.model_copy(update={"simulation": settings.simulation.model_copy(update={"random_seed": seed})})


def simulate_pack(
    builder: ModelBuilder,
    cells: Sequence[Cell],
    censuses: Mapping[int, Path],
    assumptions: Mapping[str, AssumptionTable],
    years: range,
    books: Sequence[Path] = (),
    tables: Iterable[str] = PUBLIC_TABLES,
) -> list[BrokenCell]:
    """Simulate cells that share years and assumption tables; the tables stay in the builder's database.

    Args:
        builder: of the models, with an empty database.
        cells: what to simulate; each names its census.
        censuses: checked censuses (canonical Parquet) by number.
        assumptions: the tables of all cells.
        years: the plan years of all cells.
        books: files of several checked censuses, which say in a column ``census`` of which a row is.
        tables: the results that are wanted; what nothing needs beside them and the laws is left out.

    Returns:
        The cells that broke a law, in the order of year and number; the others were simulated to the end.

    Raises:
        OutOfResourcesError, ModelError: see ``errors``.
    """
    with builder.cursor() as cursor:
        for name, table in assumptions.items():
            types = builder.column_types(name)
            load_table(cursor, name, {column: types[column] for column in table.columns}, table.rows)
        load_cells(cursor, builder.project, cells, years)
        _load_censuses(builder, cursor, censuses, books)
    broken: list[BrokenCell] = []
    needed = builder.needed_for(tables)
    for year in years:
        variables = {"start_year": years.start, "simulation_year": year}
        for stage in STAGES:
            if stage is not INITIALIZATION:  # the censuses are there
                builder.build(stage, variables, hold_laws=False, only=needed)
            if stage is VALIDATION:
                broken += _drop_broken(builder, year)
    return broken


def _load_censuses(
    builder: ModelBuilder, cursor: duckdb.DuckDBPyConnection, censuses: Mapping[int, Path], books: Sequence[Path]
) -> None:
    """One by one: together, DuckDB would plan a thousand of them for longer than it reads them."""
    parts = [(path, f"{number} as census, * exclude (census)") for number, path in censuses.items()]
    for place, (path, columns) in enumerate([*parts, *((book, "*") for book in books)]):
        view = builder.sql_of("stg_census", census_path=path.as_posix())
        into = "insert into stg_census by name" if place else "create or replace table stg_census as"
        cursor.execute(f"{into} select {columns} from ({view})")


def _drop_broken(builder: ModelBuilder, year: int) -> list[BrokenCell]:
    """Take the cells that broke a law out of the years to come."""
    with builder.cursor() as cursor:
        found = fetch_dicts(cursor, rendered(__package__, "broken_laws.sql"), [year])
        broken = [BrokenCell(row["cell"], year, tuple(row["laws"])) for row in found]
        cursor.execute("delete from cells where list_contains(?::integer[], cell)", [[one.cell for one in broken]])
    return broken
