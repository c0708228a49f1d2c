"""One pass over many cells, and the folder of a sweep: parts of results, what is known from them, and the results."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator import warehouse
from planalign_orchestrator.census.book import CENSUS_KEY
from planalign_orchestrator.census.sql import glob_literal
from planalign_orchestrator.config.assumptions import AssumptionTable
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import LawBrokenError, ResultsError
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.run.stages import INITIALIZATION, STAGES, VALIDATION
from planalign_orchestrator.storage.durable import copy_synced, private_files, scratch_folder
from planalign_orchestrator.sweep.designs import Design, Failure, Sources, with_seed
from planalign_orchestrator.tables import rendered

SUMMARY = "fct_yearly_summary"
BOOK = "book-"
"""The name of a file of several checked censuses begins so."""
LAW_BROKEN = 4

Named = tuple[str, Design, int]
"""A cell: its key, its design and its seed; cells that are equal in everything but their names share a key."""

Censuses = dict[str, tuple[Design, Sources]]
"""A design that reads a census, and what that reads, by the census's key."""


@dataclass
class SweepFolder:
    """Where a sweep keeps what it has.

    Args:
        root: the folder.
        scratch: takes what is not a result, when only a plan is wanted; None is the folder itself.
    """

    root: Path
    scratch: Path | None = None

    def __post_init__(self) -> None:
        self.parts = self.root / "parts"
        """Parts of results, a folder a table."""
        self.designs = self.root / "designs"
        """A configuration file for each design, to simulate a cell as an ordinary run."""
        self.aside = self.scratch or self.root
        """Where downloads, checked censuses and rejected rows go."""
        self.censuses = self.aside / "work" / "censuses"
        """Checked censuses; they hold people's pay, and go when the sweep is complete."""

    def results(self, table: str = SUMMARY) -> Path:
        """The results of a table, with the names of their cells."""
        return self.root / f"{table}.parquet"

    def census(self, name: str) -> Path:
        """A checked census in a file of its own, by its key, or several in one."""
        return self.censuses / f"{name}.parquet"

    def checked_censuses(self) -> dict[str, tuple[Path, int]]:
        """The checked censuses that are there, by key: the file and how many people it has of them."""
        files = list(self.censuses.glob("*.parquet"))
        books = [str(path) for path in files if path.name.startswith(BOOK)]
        alone = [str(path) for path in files if not path.name.startswith(BOOK)]
        of_books = f"select {CENSUS_KEY}, filename, count(*) from read_parquet(?, filename = true) group by all"
        of_others = "select null, file_name, num_rows from parquet_file_metadata(?)"
        with duckdb.connect() as connection, readable(self.censuses):
            found = [
                (Path(file), key, people)
                for query, listed in ((of_books, books), (of_others, alone))
                for key, file, people in (connection.execute(query, [listed]).fetchall() if listed else ())
            ]
        return {key or path.stem: (path, int(people)) for path, key, people in found}

    def known_keys(self, tables: Sequence[str]) -> set[str]:
        """The keys of the cells that are done."""
        query = "select distinct key from {parts}"
        found = [{key for (key,) in self._rows(table, query)} for table in (SUMMARY, *tables)]
        return set.intersection(*found) | (found[0] & self.broken().keys())

    def broken(self) -> dict[str, tuple[int, str]]:
        """The cells that broke a law: year and laws by key."""
        query = "select distinct key, simulation_year, broken_laws from {parts} where broken_laws is not null"
        return {key: (year, laws) for key, year, laws in self._rows(SUMMARY, query)}

    def gather(self, cells: Iterable[Named], tables: Sequence[str]) -> list[Failure]:
        """Put the parts together as one file a table, in an order that does not hang on who made which part.

        Returns:
            The cells that broke a law.
        """
        listed = list(cells)
        names = [[key, design.plan, design.alternative, str(seed)] for key, design, seed in listed]
        types = {"key": "varchar", "plan": "varchar", "alternative": "varchar", "seed": "bigint"}
        with scratch_folder() as scratch, duckdb.connect(config={"threads": 1}) as connection:
            warehouse.load_table(connection, "cells", types, names)
            for table in (SUMMARY, *tables):
                if (parts := self._parts(table)) is None:
                    continue
                aside = scratch / f"{table}.parquet"
                with readable(self.parts / table):
                    connection.execute(
                        rendered(__package__, "gathered.sql", parts=parts, path=warehouse.quoted_path(aside))
                    )
                copy_synced(aside, self.results(table))
        broken = self.broken()
        return [
            Failure(f"{design.title}, seed {seed}", f"{broken[key][0]} breaks {broken[key][1]}", LAW_BROKEN)
            for key, design, seed in listed
            if key in broken
        ]

    def _rows(self, table: str, query: str) -> list[tuple[Any, ...]]:
        if (parts := self._parts(table)) is None:
            return []
        with duckdb.connect() as connection, readable(self.parts / table):
            return connection.execute(query.format(parts=parts)).fetchall()

    def _parts(self, table: str) -> str | None:
        folder = self.parts / table
        return f"read_parquet({glob_literal(folder)} || '/*.parquet')" if any(folder.glob("*.parquet")) else None


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Name the file that cannot be read; the words of the database may quote what it holds."""
    refuse_pipes(folder, 0)
    try:
        with warehouse.explained(folder):
            yield
    except duckdb.Error as error:
        named = re.search(r"[\w-]+\.parquet", str(error))
        raise ResultsError.told("damaged part", file=folder / named[0] if named else f"a file in {folder}") from error


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
    with private_files(), scratch_folder() as scratch, warehouse.told_of(where, IN_MEMORY):
        free = int(shutil.disk_usage(scratch).free * 0.9) >> 20
        limits = warehouse.DatabaseLimits(f"{memory_mib}MiB", 1, scratch / "spill", f"{free}MiB")
        database = scratch / "simulation.duckdb" if on_disk else IN_MEMORY
        builder = ModelBuilder(dbt_project_dir(), database, limits, scratch / "sql")
        try:
            yield builder, scratch
        finally:
            builder.close()


def simulate_pack(
    builder: ModelBuilder,
    cells: Iterable[Cell],
    censuses: Mapping[int, Path],
    assumptions: Mapping[str, AssumptionTable],
    years: range,
    books: Sequence[Path] = (),
    tables: Iterable[str] = warehouse.PUBLIC_TABLES,
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
            warehouse.load_table(cursor, name, table.form.types, table.rows)
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
        found = warehouse.fetch_dicts(cursor, rendered(__package__, "broken_laws.sql"), [year])
        broken = [BrokenCell(row["cell"], year, tuple(row["laws"])) for row in found]
        cursor.execute("delete from cells where list_contains(?::integer[], cell)", [[one.cell for one in broken]])
    return broken


_MEMORY_MIB = 900


@contextmanager
def builder_of_futures() -> Iterator[ModelBuilder]:
    """A builder that ``simulated`` can use again and again: reading the models takes as long as a year."""
    with passing("futures", _MEMORY_MIB) as (builder, _):
        yield builder


@contextmanager
def simulated(
    builder: ModelBuilder,
    futures: Sequence[Settings],
    census: Path,
    tables: Mapping[str, AssumptionTable],
    results: Iterable[str],
    until: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Simulate futures and hand out the database of their results; the cell of a future is its place, from 0.

    Args:
        builder: of ``builder_of_futures``; its database is empty before and after.
        futures: settings with years in common.
        census: checked, as canonical Parquet.
        tables: the assumption tables of all futures.
        results: the tables that are wanted.
        until: the last year; that of the futures when left out.

    Raises:
        LawBrokenError: a law of the model does not hold.
    """
    simulation = futures[0].simulation
    cells = [Cell(number, settings) for number, settings in enumerate(futures)]
    years = range(simulation.start_year, (until or simulation.end_year) + 1)
    try:
        for broken in simulate_pack(builder, cells, {1: census}, tables, years, tables=results):
            raise LawBrokenError(f"{broken.year} breaks {', '.join(broken.laws)}", remedy="Please report it.")
        with builder.cursor() as cursor:
            yield cursor
    finally:
        builder.close()


def with_seeds(settings: Settings, number: int) -> list[Settings]:
    """So many futures, with the seeds from the one that is set on."""
    first = settings.simulation.random_seed
    return [with_seed(settings, seed) for seed in range(first, first + number)]


def with_random_exits(settings: Settings) -> Settings:
    """The settings with everybody leaving by a chance of their own, so that how many leave varies too."""
    return settings.model_copy(update={"workforce": settings.workforce.model_copy(update={"exits": "random"})})
