"""A world's years in memory: each as the true models leave it, ready to run a changed model and what depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.model.cells import Cell, load_cells
from planalign_orchestrator.model.project import Project as Texts
from planalign_orchestrator.warehouse import relations_of
from tests.engine import load_assumptions, time_limit
from tests.model.planted_faults import Fault
from tests.mutation.rendering import Node, Project

TRUTH = "truth"
"""Schema with a copy of every table as the true models leave it."""


@dataclass
class Year:
    """One year of a world.

    Args:
        world: name of the world.
        settings: of the world.
        variables: what the models read in this year.
        connection: a database of its own, in the state after the year.
        nodes: the true models.
        described: what the project says of its tables.
    """

    world: str
    settings: Settings
    variables: Mapping[str, Any]
    connection: duckdb.DuckDBPyConnection
    nodes: Mapping[str, Node]
    described: Texts
    _digests: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The plan year."""
        return int(self.variables["simulation_year"])

    def build(self, node: Node) -> None:
        """Build one model as its materialization would."""
        if node.materialized == "ephemeral":
            return
        if node.materialized == "view":
            self.connection.execute(f"create or replace view {node.name} as {node.sql}")
        elif node.materialized == "table":
            if not node.first_year_only or self.number == self.variables["start_year"]:
                self.connection.execute(f"create or replace table {node.name} as {node.sql}")
        elif self._exists(node.name):
            self.connection.execute(f"delete from {node.name} where simulation_year = {self.number}")
            self.connection.execute(f"insert into {node.name} by name {node.sql}")
        else:
            self.connection.execute(f"create table {node.name} as {node.sql}")

    def differs(self, table: str, columns: str = "*") -> bool:
        """Whether a table is not what the true models leave."""
        now, then = f"select {columns} from {table}", f"select {columns} from {TRUTH}.{table}"
        if then not in self._digests:
            self._digests[then] = self._digest(then)
        if self._digest(now) == self._digests[then]:
            return False
        query = f"select exists(({now}) except all ({then})) or exists(({then}) except all ({now}))"
        row = self.connection.execute(query).fetchone()
        return row is not None and bool(row[0])

    def slices_add_up(self, node: Node, last_of_first: int) -> bool:
        """Whether a model built for two slices of the people has the rows that it has built for everybody.

        Args:
            last_of_first: the last person key of the first slice.
        """
        whole = self._digest(node.sql)
        try:
            self._set_slice(0, last_of_first)
            first = self._digest(node.sql)
            self._set_slice(last_of_first + 1, None)
            second = self._digest(node.sql)
        finally:
            self._set_slice(None, None)
        return whole == (first[0] + second[0], first[1] + second[1])

    def _set_slice(self, first: int | None, last: int | None) -> None:
        for name, key in (("slice_from", first), ("slice_to", last)):
            self.connection.execute(f"set variable {name} = {'null' if key is None else key}")

    def _digest(self, query: str) -> tuple[int, int]:
        """Rows and sum of their hashes: one pass, where comparing tables row by row takes four."""
        row = self.connection.execute(f"select count(*), coalesce(sum(hash(whole)), 0) from ({query}) as whole")
        number, total = row.fetchone() or (0, 0)
        return int(number), int(total)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Whatever happens inside is undone."""
        self.connection.execute("begin")
        try:
            yield
        finally:
            self.connection.execute("rollback")

    def time_limit(self) -> AbstractContextManager[None]:
        """The time that a changed model may take."""
        return time_limit(self.connection)

    def plant(self, fault: Fault) -> None:
        """Plant a fault, with the settings that the laws believe to be in force."""
        if fault.settings:
            simulation = self.settings.simulation
            years = {"simulation__start_year": simulation.start_year, "simulation__end_year": simulation.end_year}
            load_cells(self.connection, self.described, [Cell(1, fault.believed(**years))], [self.number])
        self.connection.execute(fault.sql.format(y=self.number, before=self.number - 1))

    def _exists(self, table: str) -> bool:
        query = "select count(*) from duckdb_tables() where table_name = ? and schema_name = 'main'"
        row = self.connection.execute(query, [table]).fetchone()
        return row is not None and row[0] > 0


def years_of(project: Project, seeds: Path, name: str, settings: Settings, census: Path) -> list[Year]:
    """Run all years of a world with the true models.

    Args:
        project: the models.
        seeds: the folder of the assumption tables.
        name: of the world.
        settings: of the world.
        census: canonical Parquet file.
    """
    years: list[Year] = []
    for number in range(settings.simulation.start_year, settings.simulation.end_year + 1):
        variables = {
            "start_year": settings.simulation.start_year,
            "simulation_year": number,
            "census_path": census.as_posix(),
        }
        # Without a place to spill to: processes side by side would share it.
        connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GiB", "temp_directory": ""})
        if years:
            _copy(years[-1].connection, connection)
        else:
            _declare_state(connection, project)
        if number in changing_years(settings):
            _load_inputs(connection, project, settings, seeds, number)
        year = Year(name, settings, variables, connection, project.render(variables), project.described)
        for node in year.nodes.values():
            year.build(node)
        _keep_truth(connection)
        years.append(year)
    return years


def _load_inputs(
    connection: duckdb.DuckDBPyConnection, project: Project, settings: Settings, seeds: Path, year: int
) -> None:
    """The assumption tables of a year, and the settings from it on."""
    load_assumptions(connection, settings_of(settings, year), seeds)
    load_cells(connection, project.described, [Cell(1, settings)], range(year, settings.simulation.end_year + 1))


def _declare_state(connection: duckdb.DuckDBPyConnection, project: Project) -> None:
    for (_, name), columns in project.described.sources.items():
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table {name} ({declared})")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
    return [str(name) for (name,) in rows]


def _copy(source: duckdb.DuckDBPyConnection, target: duckdb.DuckDBPyConnection) -> None:
    for name in _tables(source):
        rows = source.execute(f"select * from {name}")
        # Arrow would hand on enumerated words as any text, which has another order.
        columns = ", ".join(f'"{column}" {kind}' for column, kind, *_ in rows.description or ())
        target.register("rows_to_copy", rows.to_arrow_table())
        target.execute(f"create table {name} ({columns})")
        target.execute(f"insert into {name} from rows_to_copy")
        target.unregister("rows_to_copy")


def _keep_truth(connection: duckdb.DuckDBPyConnection) -> None:
    names = relations_of(connection)
    connection.execute(f"create schema {TRUTH}")
    for name in names:
        connection.execute(f"create table {TRUTH}.{name} as select * from main.{name}")
