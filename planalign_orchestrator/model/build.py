"""Builds the models of a stage as tables and views, for some people at a time where a model asks for it.

The database that they are built in stays open from one stage to the next.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import duckdb

from planalign_orchestrator.errors import LawBrokenError
from planalign_orchestrator.model.project import Model, Project, Renderer, relation
from planalign_orchestrator.model.side_by_side import Needs, carry_out, in_order
from planalign_orchestrator.model.slices import EVERYBODY_AGAIN, People, slices
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.storage.durable import atomic_write_bytes
from planalign_orchestrator.warehouse import DatabaseLimits, one_row, quoted_path, relations_of, told_of

_LAST_KEYS = {"int_workforce_needs": "last_person_key + hires_of_cell"}
"""The last person key of a table without a row a person: hires have the keys after the last one ever used."""

Variables = Mapping[str, Any]

Listener = Callable[[str, Literal["started", "finished"]], None]
"""Called with the name of a model or law, and ``started`` or ``finished``."""

Reader = Callable[[duckdb.DuckDBPyConnection, Mapping[str, str]], None]
"""Called with the database and the tables that were built, each with its materialization, while what was written is
still in memory."""


class ModelBuilder:
    """Builds stages of the model in a database file.

    Args:
        project: the folder of the dbt project; only read.
        database: the DuckDB file to build in.
        limits: what DuckDB may use.
        work_folder: takes the SQL of a model that fails.
        threads: models built at a time.
    """

    def __init__(
        self, project: Path, database: Path, limits: DatabaseLimits, work_folder: Path, threads: int = 1
    ) -> None:
        self.project = Project.read(project)
        self.threads = threads
        self.compiled: dict[str, str] = {}
        """The SQL that each model was last built from, by name; of ephemeral ones too."""
        self._renderer = Renderer(self.project)
        self.database = ModelDatabase(self.project, database, limits)
        self._work_folder = work_folder
        self._rendered: tuple[Variables | None, dict[str, Model]] = (None, {})
        self._counted: dict[str, People] = {}
        self._batch_size: float | None = None
        self._slice_memory_limit: str | None = None

    def build(
        self,
        stage: Stage,
        variables: Variables,
        *,
        batch_size: float | None = None,
        listener: Listener | None = None,
        reader: Reader | None = None,
        hold_laws: bool = True,
        only: Collection[str] | None = None,
    ) -> dict[str, float]:
        """Build the models of a stage in dependency order, and hold it to the laws that read one of them.

        The database stays open for the next stage, its write-ahead log merged; after a failure it is closed.

        Args:
            stage: what to build.
            variables: for the models. ``simulation_year`` and ``start_year`` say which models are left as they are.
            batch_size: thousands of people that a sliced model is built for at once; None for everybody.
            listener: is told of each model and law.
            reader: reads what was built, unless something failed.
            hold_laws: end with an error when a law does not hold; else the caller looks for what they found.
            only: the models that are built; None for all of the stage. See ``needed_for``.

        Returns:
            The seconds that each model took.

        Raises:
            LawBrokenError: a law does not hold.
            OutOfResourcesError: memory or disk ran out.
            ModelError: a model failed for another reason.
        """
        self._batch_size, self._slice_memory_limit, self._counted = batch_size, None, {}
        try:
            with told_of(stage.name, self.database.path):
                year = {**self.project.variables, **variables}
                models = {
                    name: model
                    for name, model in self._models_of(stage, year).items()
                    if (hold_laws or not model.is_law) and (only is None or name in only)
                }
                seconds = self._build_all(models, stage, year, listener or (lambda name, state: None))
                self._finish(models.values(), reader)
            return seconds
        except BaseException:
            self.close()
            raise

    def change_next_slice(self, batch_size: float, memory_limit: str) -> None:
        """Let the next slice of the model that is being built have another size, and DuckDB another limit."""
        self._batch_size, self._slice_memory_limit = batch_size, memory_limit

    def models(self, stage: Stage) -> list[str]:
        """A stage's models in the order of building (ephemeral ones are not built; they are part of others)."""
        models = self._models_of(stage, self.project.variables)
        return [name for name in in_order(_needs(models)) if not models[name].is_law]

    def needed_for(self, tables: Iterable[str]) -> set[str]:
        """The models that these tables, the laws and the state of the next year are made of."""
        rendered = self._renderer.render({"start_year": 2025, "simulation_year": 2026})
        laws = {name for model in rendered.values() if model.is_law for name in model.reads}
        left = [*tables, *laws, *(name for _, name in self.project.sources)]
        found: set[str] = set()
        while left:
            if (name := left.pop()) in rendered and name not in found:
                found.add(name)
                left += rendered[name].reads
        return found

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the database, which is opened if it is not open."""
        return self.database.cursor()

    def close(self) -> None:
        """Close the database, so that the file can be copied or opened with other limits."""
        self.database.close()

    def sql_of(self, model: str, **variables: str) -> str:
        """The SQL of one model that no year changes, with these variables."""
        return self._renderer.render(variables, [model])[model].sql

    def _models_of(self, stage: Stage, year: Variables) -> dict[str, Model]:
        """What a stage builds in a year, and its laws."""
        if year != self._rendered[0]:
            self._rendered = year, self._renderer.render(year)
        rendered = self._rendered[1]
        built = {
            name
            for name, model in rendered.items()
            if model.folder == stage.folder
            and not (model.is_ephemeral or model.is_law or (model.config.first_year_only and not _is_first(year)))
        }
        laws = {name for name, model in rendered.items() if model.is_law and model.reads & built}
        return {name: rendered[name] for name in sorted(built | laws)}

    def _build_all(
        self, models: Mapping[str, Model], stage: Stage, year: Variables, listener: Listener
    ) -> dict[str, float]:
        seconds: dict[str, float] = {}
        cursors: dict[str, duckdb.DuckDBPyConnection] = {}
        idle: list[duckdb.DuckDBPyConnection] = []

        def build(name: str) -> None:
            model = models[name]
            listener(name, "started")
            begun = time.perf_counter()
            try:
                cursors[name] = idle.pop()
            except IndexError:
                cursors[name] = opened.enter_context(self.database.cursor())
            with told_of(f"{stage.name}: model {name}", self.database.path):
                self._build(model, stage, year, cursors[name])
            idle.append(cursors.pop(name))
            if not model.is_law:
                seconds[name] = time.perf_counter() - begun
            listener(name, "finished")

        with ExitStack() as opened:
            idle.append(cursor := opened.enter_context(self.database.cursor()))  # it is open before threads ask for it
            stays = any(m.config.sliced_over and m.config.materialized == "incremental" for m in models.values())
            cursor.execute(f"set disabled_compression_methods = '{'' if stays else _SLOW_COMPRESSION}'")
            carry_out(_needs(models), build, self.threads, cursors)
        return seconds

    def _build(self, model: Model, stage: Stage, year: Variables, cursor: duckdb.DuckDBPyConnection) -> None:
        self.compiled |= {part: self._rendered[1][part].sql for part in model.parts} | {model.name: model.sql}
        try:
            if model.is_law:
                [(found,)] = cursor.execute(f"select count(*) from ({model.sql}\n)").fetchall()
                if found:
                    raise LawBrokenError(f"{stage.name}: test {model.name} found {found} rows that break it")
                return
            cursor.execute("begin")  # all that follows counts, or nothing: after a failure the connection is closed
            for statement in self._statements(model, year, cursor):
                cursor.execute(statement)
            cursor.execute("commit")
            self.database.relations.add(model.name)
        except Exception:
            self._work_folder.mkdir(parents=True, exist_ok=True)
            atomic_write_bytes(self._work_folder / f"{model.name}.sql", model.sql.encode())
            raise

    def _statements(self, model: Model, year: Variables, cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
        """What builds a model, slice by slice; each is made when the slice before it is built."""
        name, body = relation(model.name), f"({model.sql}\n)"
        if model.config.materialized == "view":
            yield f"create or replace view {name} as {body}"
            return
        is_there = self.database.has_rows_of_a_model(model.name, cursor)
        grows = model.config.materialized == "incremental"
        # All of the year's rows, not only those that are made again.
        emptied = f"delete from {name}" + (f" where simulation_year = {year['simulation_year']}" if grows else "")
        if is_there and (needed := model.config.empty_unless) and not cursor.execute(f"{needed} limit 1").fetchall():
            yield emptied
            return
        more = f"insert into {name} by name {body}"
        first = f"{emptied}; {more}" if grows and is_there else f"create or replace table {name} as {body}"
        people = self._people(model, year, cursor)
        for number, slice_ in enumerate(slices(people, lambda: self._batch_size or 0)):
            yield slice_.sql + self.database.limited(self._slice_memory_limit) + (first if number == 0 else more)
        if slice_.sql:
            yield EVERYBODY_AGAIN

    def _people(self, model: Model, year: Variables, cursor: duckdb.DuckDBPyConnection) -> People:
        """Those whom a model is divided over. No model of a stage changes what another has counted."""
        divided = model.config.sliced_over
        if divided is None or not self._batch_size:
            return People()
        if divided == "previous_state":
            divided = "int_baseline_workforce" if _is_first(year) else "fct_workforce_snapshot"
        if divided not in self._counted:
            last_key = _LAST_KEYS.get(divided, "person_key")
            query = f"select coalesce(max({last_key}), 0)::integer, count(*) from {relation(divided)}"
            self._counted[divided] = People(*one_row(cursor, query))
        return self._counted[divided]

    def _finish(self, models: Iterable[Model], reader: Reader | None) -> None:
        cursor = self.database.cursor()
        if reader is not None:
            tables = (model for model in models if not (model.is_law or model.config.materialized == "view"))
            reader(cursor, {table.name: table.config.materialized for table in tables})
        # Closing would do it too, but could not tell of a full disk; one in memory gives back what was replaced.
        cursor.execute("checkpoint")
        cursor.close()


def _needs(models: Mapping[str, Model]) -> Needs:
    return {name: sorted(model.reads & models.keys()) for name, model in models.items()}


def _is_first(year: Variables) -> bool:
    return bool(year["simulation_year"] == year["start_year"])


IDLE_OPTIMIZERS = "common_subplan,duplicate_groups,filter_pullup,join_elimination,sum_rewriter,common_aggregate"
"""They would have two statements read a few settings once, not twice, and change no other; finding that out takes 3% of
a small run."""

JOINS_AS_WRITTEN = f"set disabled_optimizers = 'join_order,build_side_probe_side,{IDLE_OPTIMIZERS}'"
"""Joins are carried out as written, many columns on the left and few on the right: DuckDB takes the conditions that
select a year's rows for selective ones, expects a fiftieth of the people, and would put the wide side into memory."""

_SLOW_COMPRESSION = "dict_fsst"
"""Of text: looking for a dictionary of people's ids takes longer than writing them, which is wasted on tables that the
next year replaces."""

_CHANGEABLE = {"memory_limit", "max_temp_directory_size"}
"""Limits that a database takes over while it is open."""


class ModelDatabase:
    """A DuckDB file, opened when a stage needs it and kept open: a new connection would have to read what the stage
    before had in memory.

    Args:
        project: declares tables that are read before a model builds them.
        path: the file.
        limits: what DuckDB may use.
    """

    def __init__(self, project: Project, path: Path, limits: DatabaseLimits) -> None:
        self.path = path
        self._sources = {name: columns for (_, name), columns in project.sources.items()}
        self._options = limits.options()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.relations: set[str] = set()

    @property
    def is_open(self) -> bool:
        """Whether something has opened the file and nothing has closed it."""
        return self._connection is not None

    def use(self, path: Path, limits: DatabaseLimits) -> None:
        """Change to another file or other limits; an open file takes over memory and temporary space."""
        options = limits.options()
        changed = {name: value for name, value in options.items() if self._options.get(name) != value}
        if path != self.path or not changed.keys() <= _CHANGEABLE:
            self.close()
        self.path, self._options = path, options
        if self._connection is not None:
            for name, value in changed.items():  # the same once more would have DuckDB give back memory for a moment
                self._connection.execute(f"set {name} = '{value}'")

    def limited(self, memory_limit: str | None) -> str:
        """What has the next statement keep to another memory limit; nothing for None, or what is in force."""
        if memory_limit in {None, self._options["memory_limit"]}:
            return ""
        self._options["memory_limit"] = str(memory_limit)
        return f"set memory_limit = '{memory_limit}'; "

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the file, which is opened if it is not open."""
        if self._connection is None:
            self._connection = self._opened()
        cursor = self._connection.cursor()
        cursor.execute("use simulation")
        return cursor

    def close(self) -> None:
        """Close the file, so that it can be copied or opened with other limits."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def has_rows_of_a_model(self, name: str, cursor: duckdb.DuckDBPyConnection) -> bool:
        """Whether there is a table that a model has built; a source is there before, without rows."""
        if name in self.relations and name in self._sources:
            return cursor.execute(f"select 1 from {relation(name)} limit 1").fetchone() is not None
        return name in self.relations

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config=self._options)
        try:
            # Nothing is read from a write-ahead log: a stage that is interrupted begins again from the state before it.
            connection.execute(f"attach '{quoted_path(self.path)}' as simulation (recovery_mode 'no_wal_writes')")
            connection.execute("use simulation")
            connection.execute(JOINS_AS_WRITTEN)
            for name, columns in self._sources.items():
                if columns:
                    declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                    connection.execute(f"create table if not exists {relation(name)} ({declared})")
            self.relations = {*relations_of(connection)}
        except BaseException:
            connection.close()
            raise
        return connection
