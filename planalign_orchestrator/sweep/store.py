"""The folder of a sweep: parts of results that are whole or not there, what is known from them, and the results."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.census.book import CENSUS_KEY
from planalign_orchestrator.census.sql import glob_literal
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.model.failures import explained
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.scratch import scratch_folder
from planalign_orchestrator.storage.durable import copy_synced
from planalign_orchestrator.sweep.designs import Design, Failure
from planalign_orchestrator.tables import rendered
from planalign_orchestrator.warehouse import load_table, quoted_path

SUMMARY = "fct_yearly_summary"
BOOK = "book-"
"""The name of a file of several checked censuses begins so."""
LAW_BROKEN = 4

Named = tuple[str, Design, int]
"""A cell: its key, its design and its seed; cells that are equal in everything but their names share a key."""


@dataclass(frozen=True)
class SweepFolder:
    """Where a sweep keeps what it has.

    Args:
        root: the folder.
        scratch: takes what is not a result, when only a plan is wanted; None is the folder itself.
    """

    root: Path
    scratch: Path | None = None

    @property
    def parts(self) -> Path:
        """Parts of results, a folder a table."""
        return self.root / "parts"

    @property
    def censuses(self) -> Path:
        """Checked censuses; they hold people's pay, and go when the sweep is complete."""
        return self.aside / "work" / "censuses"

    @property
    def aside(self) -> Path:
        """Where downloads, checked censuses and rejected rows go."""
        return self.scratch or self.root

    @property
    def designs(self) -> Path:
        """A configuration file for each design, to simulate a cell as an ordinary run."""
        return self.root / "designs"

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

    def design_file(self, design: Design) -> Path:
        """The configuration file of a design."""
        return self.designs / f"{design.run_name}.yaml"

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
            load_table(connection, "cells", types, names)
            for table in (SUMMARY, *tables):
                if (parts := self._parts(table)) is None:
                    continue
                aside = scratch / f"{table}.parquet"
                with readable(self.parts / table):
                    connection.execute(rendered(__package__, "gathered.sql", parts=parts, path=quoted_path(aside)))
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
        with explained(folder):
            yield
    except duckdb.Error as error:
        named = re.search(r"[\w-]+\.parquet", str(error))
        raise ResultsError.told("damaged part", file=folder / named[0] if named else f"a file in {folder}") from error
