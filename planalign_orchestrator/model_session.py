"""Builds the nodes of a plan in a database that stays open from stage to stage.

dbt would do it too, with an invocation for each stage; it takes a second and a half to be imported, a hundred
megabytes, and thirty milliseconds a model. What happens here is what its command does with the same project: a test
holds the tables, and the SQL of every model, to those of dbt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.model_plan import ModelPlan, Node
from planalign_orchestrator.model_templates import Scope, Statements, Surroundings, Templates, with_ephemeral
from planalign_orchestrator.run.stages import Stage
from planalign_orchestrator.storage.durable import atomic_write_bytes
from planalign_orchestrator.warehouse import DatabaseLimits

_CHANGEABLE = ("memory_limit", "max_temp_directory_size")
"""Limits that a database takes over while it is open."""

_PATIENCE = 0.05
"""Seconds until an interruption is repeated: one that falls between two statements of a node is lost."""

_A_WHILE = 0.5
"""Seconds: on Windows somebody who waits for good does not hear of Ctrl-C."""

_RELATIONS = "select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal"


@dataclass(frozen=True)
class Built:
    """A node that was built, or that could not be.

    Args:
        node: the model or law.
        seconds: from start to end, compiling included.
        error: why it could not be built.
        failures: rows that break a law.
    """

    node: Node
    seconds: float
    error: Exception | None = None
    failures: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether nothing more may be built after it."""
        return self.error is not None or self.failures > 0


Listener = Callable[[str, str], None]
"""Is told of each node: its name, and ``started`` or ``finished``."""


class ModelSession:
    """The open database and the templates of a plan.

    Args:
        plan: what can be built.
        work_folder: takes the SQL of a model that has failed.
    """

    def __init__(self, plan: ModelPlan, work_folder: Path) -> None:
        self.plan = plan
        self._work_folder = work_folder
        self._templates = Templates(plan)
        self._orders: dict[Stage, dict[str, set[str]]] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._around = Surroundings({}, set(), 1)
        self._database = Path()
        self._options: dict[str, Any] = {}
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.compiled: dict[str, str] = {}
        """The SQL that each model was last compiled to, by name."""

    @property
    def is_open(self) -> bool:
        """Whether a stage has opened the database and nothing has closed it."""
        return self._connection is not None

    def use(self, database: Path, limits: DatabaseLimits) -> None:
        """Build in this database from now on, within these limits.

        An open database takes over memory and temporary space; for anything else it is closed.
        """
        options = limits.options()
        changed = {name for name, value in options.items() if self._options.get(name) != value}
        if database != self._database or not changed <= set(_CHANGEABLE):
            self.close()
        self._database, self._options = database, dict(options)
        if self._connection is not None:
            for name in _CHANGEABLE:  # a slice may have left another than the one that was given
                self._connection.execute(f"set {name} = '{options[name]}'")

    def build(self, stage: Stage, variables: Mapping[str, Any], threads: int, listener: Listener) -> list[Built]:
        """Build the nodes of a stage in dependency order; after a failure nothing more is begun.

        Args:
            stage: what to build.
            variables: handed to the models as they are, also when they change while a model is built.
            threads: nodes built at a time.
            listener: is told of each node.

        Returns:
            What was built, the failed one last.
        """
        self._around.variables, self._around.threads = variables, threads
        connection = self._open()
        order = self._order(stage)
        cursors: dict[str, duckdb.DuckDBPyConnection] = {}

        def build(key: str) -> Built:
            node = self.plan.nodes[key]
            listener(node.name, "started")
            begun = time.perf_counter()
            cursors[key] = connection.cursor()
            try:
                error, failures = None, self._run(key, cursors[key])
            except Exception as failure:  # whatever it is, the stage ends with it
                error, failures = failure, 0
                self._write_compiled(node)
            finally:
                cursors.pop(key).close()
            listener(node.name, "finished")
            return Built(node, time.perf_counter() - begun, error, failures)

        if threads == 1:
            return list(_one_by_one(order, build))
        return _side_by_side(order, build, threads, cursors)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the database that ``build`` has opened."""
        if self._connection is None:
            raise duckdb.ConnectionException("no stage has opened the database")
        return self._connection.cursor()

    def close(self) -> None:
        """Close the database, so that the file can be copied or opened with other limits."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Open the database, as the start of a dbt command does: with the start hooks.

        It stays open from one stage to the next: a new one would have to read what the stage before had in memory.
        """
        if self._connection is not None:
            return self._connection
        connection = duckdb.connect(str(self._database), config=self._options)
        try:
            for key in sorted(self.plan.of_kind("operation"), key=lambda key: (len(key), key)):
                if (sql := self._render(key, key, partial(_rows, connection))).strip():
                    connection.execute(sql)
            self._around.relations = {name for (name,) in connection.execute(_RELATIONS).fetchall()}
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _order(self, stage: Stage) -> dict[str, set[str]]:
        if stage not in self._orders:
            self._orders[stage] = self.plan.order(stage)
        order = self._orders[stage]
        variables = self._around.variables
        if variables.get("simulation_year") == variables.get("start_year"):
            return order
        left_out = {key for key in order if self.plan.nodes[key].settings.get("first_year_only")}
        return {key: before - left_out for key, before in order.items() if key not in left_out}

    def _run(self, key: str, cursor: duckdb.DuckDBPyConnection) -> int:
        """Build a node in a transaction of its own; hands out how many rows break a law."""
        node = self.plan.nodes[key]
        with _transaction(cursor) as statements:
            sql = self._compile(key, statements)
            if node.kind == "test":
                return _failures(node, sql, statements)
            scope = self._scopes[key, key]
            scope.compiled_to(sql)
            self._materialize(node, scope)
        self._around.relations.add(node.name)
        return 0

    def _materialize(self, node: Node, scope: Scope) -> None:
        key = self.plan.materialization(node)
        if key is None:
            raise duckdb.NotImplementedException(f"the project has no materialization {node.materialized}")
        scope.called(key)()

    def _compile(self, key: str, statements: Statements) -> str:
        self.compiled.pop(self.plan.nodes[key].name, None)  # of the year before; if this fails there is none
        ephemeral: dict[str, str] = {}
        for parent in self.plan.ephemeral_parents(key):
            name = self.plan.nodes[parent].name
            ephemeral[name] = self.compiled[name] = self._render(parent, key, statements)
        sql = with_ephemeral(self._render(key, key, statements), ephemeral)
        self.compiled[self.plan.nodes[key].name] = sql
        return sql

    def _render(self, key: str, reader: str, statements: Statements) -> str:
        """A node's text; one that is part of another's SQL has a scope there, so that both can be built at once."""
        scope = self._scopes.get((key, reader))
        if scope is None:
            scope = self._scopes[key, reader] = Scope(self._templates, key, self._around, statements)
        scope.run_in(statements)
        return self._templates.render(key, scope)

    def _write_compiled(self, node: Node) -> None:
        if node.name in self.compiled:
            path = self._work_folder / "compiled" / self.plan.project / node.path
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write_bytes(path, self.compiled[node.name].encode())


def _failures(node: Node, sql: str, statements: Statements) -> int:
    """The rows that a law finds, if they are as many as its settings call an error."""
    limit = f" limit {node.settings['limit']}" if node.settings.get("limit") else ""
    counted, breaks = node.settings["fail_calc"], node.settings["error_if"]
    [(found, is_error)] = statements(f"select {counted}, {counted} {breaks} from (\n{sql}\n{limit}) as found")
    return int(found) if is_error and str(node.settings["severity"]).lower() == "error" else 0


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[Statements]:
    """Statements of one transaction, which the materialization commits; without that it is as if none had been."""
    cursor.execute("begin")
    ended = False

    def run(text: str) -> list[tuple[Any, ...]]:
        nonlocal ended
        ended = text == "commit"
        return _rows(cursor, text)

    try:
        yield run
    finally:
        if not ended:
            with suppress(duckdb.Error):  # an error in a transaction can have ended it
                cursor.execute("rollback")


def _rows(connection: duckdb.DuckDBPyConnection, text: str) -> list[tuple[Any, ...]]:
    done = connection.execute(text)
    return done.fetchall() if done.description else []


def _one_by_one(order: Mapping[str, set[str]], build: Callable[[str], Built]) -> Iterator[Built]:
    for key in TopologicalSorter(order).static_order():
        built = build(key)
        yield built
        if built.has_failed:
            return


def _side_by_side(
    order: Mapping[str, set[str]],
    build: Callable[[str], Built],
    threads: int,
    cursors: Mapping[str, duckdb.DuckDBPyConnection],
) -> list[Built]:
    sorter = TopologicalSorter(order)
    results: list[Built] = []
    sorter.prepare()
    pool = ThreadPoolExecutor(threads)
    try:
        running: dict[Future[Built], str] = {}
        while sorter.is_active() and not any(built.has_failed for built in results):
            running |= {pool.submit(build, key): key for key in sorter.get_ready()}
            done, _ = wait(running, timeout=_A_WHILE, return_when=FIRST_COMPLETED)
            for future in done:
                results.append(future.result())
                sorter.done(running.pop(future))
    finally:
        _stop(pool, cursors)
    return sorted(results, key=lambda built: built.has_failed)


def _stop(pool: Executor, cursors: Mapping[str, duckdb.DuckDBPyConnection]) -> None:
    """End a pool, interrupting the statements of nodes until none is left; another Ctrl-C asks for the same.

    The pool itself says when it has ended: Ctrl-C may have come before anybody knew of what it had begun.
    """
    ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True})
    ending.start()
    while ending.is_alive():
        try:
            ending.join(_PATIENCE)
            for cursor in list(cursors.values()):
                with suppress(duckdb.Error):  # its node has just come to its end
                    cursor.interrupt()
        except KeyboardInterrupt:
            continue
