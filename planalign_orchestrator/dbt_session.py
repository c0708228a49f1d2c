"""dbt's own parts, put together once for a run: flags, profile, adapter, graph and compiler stay between stages.

``dbtRunner.invoke`` makes them anew for every invocation, looks for schemas and relations from another thread and tells
nobody of thirty events a model: 0.2 s a stage and 30 ms a model more than the models need. Here dbt selects, orders,
compiles and runs the nodes with the same classes; what is left out is what happens around them (``dbt_shortcuts``).
This relies on dbt's internals, so dbt's version is pinned, and a test compares the results with the plain command's.

Importing this module imports dbt.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import FACTORY, register_adapter, reset_adapters
from dbt.cli.flags import Flags, args_to_context
from dbt.compilation import Compiler, Linker
from dbt.config.runtime import RuntimeConfig
from dbt.context.providers import RuntimeVar, generate_runtime_macro_context
from dbt.context.query_header import generate_query_header_context
from dbt.flags import get_flags, set_flags
from dbt.graph import Graph, ResourceTypeSelector, parse_difference
from dbt.mp_context import get_mp_context
from dbt.node_types import NodeType
from dbt.task.test import TestRunner
from dbt_common.clients.jinja import get_template, render_template
from dbt_common.context import _INVOCATION_CONTEXT_VAR, get_invocation_context, set_invocation_context

from planalign_orchestrator.dbt_shortcuts import (
    OneContextRunner,
    ctes_put_in_front,
    files_known_to_be_valid,
    flags_of_no_author,
    no_events,
    tables_of_one_make,
)
from planalign_orchestrator.stages import Stage

_CHANGEABLE = frozenset({"memory_limit", "max_temp_directory_size"})
"""Limits that a database takes over while it is open."""

_RELATIONS = """
select table_name, 'table' from duckdb_tables()
union all
select view_name, 'view' from duckdb_views() where not internal
"""

Build = Callable[[str], Any]
"""Builds the node with this id and hands out dbt's result."""


class DbtSession:
    """Builds nodes of a parsed project, stage by stage.

    Args:
        manifest: the parsed project.
        options: of the dbt command line, naming project, profile and work folder.
    """

    def __init__(self, manifest: Any, options: Sequence[str]) -> None:
        self._manifest = manifest
        self._command = ["build", "--fail-fast", *options]
        linker = Linker()
        linker.link_graph(manifest)
        self._graph = Graph(linker.graph)
        self._orders: dict[Stage, dict[str, set[str]]] = {}
        self._templates: dict[str, Any] = {}
        self._contexts: dict[str, dict[str, Any]] = {}
        self._flags: Any = None
        self._config: Any = None
        self._adapter: Any = None
        self._environment: Any = None

    def set_up(self) -> None:
        """Read the profile, which takes database, limits and threads from the environment."""
        self.close()
        with no_events(), files_known_to_be_valid():
            self._set_context()
            self._flags = Flags(args_to_context(list(self._command)))
            set_flags(self._flags)
            self._config = RuntimeConfig.from_args(self._flags)
            self._config.load_dependencies()  # kept; the first node that asks for a variable would have them checked
            self._adapter = None

    def limit(self, options: Mapping[str, Any]) -> None:
        """Give the database other limits, as the profile would from the environment of now.

        An open database takes over memory and temporary space; for anything else it is closed.
        """
        before = self._config.credentials.config_options
        changed = {name for name, value in options.items() if before.get(name) != value}
        before.update(options)
        if not changed <= _CHANGEABLE:
            self.close()
        elif self.is_open:
            with self.connection() as connection:
                for name in _CHANGEABLE:  # a slice may have left another than the one that was given
                    connection.execute(f"set {name} = '{options[name]}'")

    @property
    def is_open(self) -> bool:
        """Whether a stage has opened the database and neither this session nor another use of dbt has closed it."""
        environment = DuckDBConnectionManager._ENV
        return environment is not None and environment is self._environment and environment.conn is not None

    def build(self, stage: Stage, variables: dict[str, Any], listener: Callable[[str, str], None]) -> list[Any]:
        """Build the nodes of a stage in dependency order; after a failure nothing more is begun.

        Args:
            stage: what to build.
            variables: handed to the models as they are, also when they change while a model is built.
            listener: is told of each node: its name, and ``started`` or ``finished``.

        Returns:
            dbt's result of each node that was built, the failed one last.
        """

        def build(node_id: str) -> Any:
            node = self._manifest.nodes[node_id]
            listener(node.name, "started")
            result = self._runner(node).safe_run(self._manifest)
            if _has_failed(result):
                self._compiler.write_node(result.node)
            listener(node.name, "finished")
            return result

        with no_events(), ctes_put_in_front(), tables_of_one_make(), self._own_state(variables):
            self._open()
            order = self._order(stage)
            if variables.get("simulation_year") != variables.get("start_year"):
                order = _without(order, {node_id for node_id in order if self._is_for_first_year(node_id)})
            return _in_order(order, build, self._config.threads, self._adapter)

    def connection(self) -> Any:
        """A connection of its own to the database that ``build`` has opened; ``close`` ends it with the others."""
        return DuckDBConnectionManager._ENV.conn.cursor()

    def close(self) -> None:
        """Close the connections, so that the file can be copied or opened with other limits."""
        if self._adapter is not None:
            self._adapter.cleanup_connections()
        environment = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()

    def _order(self, stage: Stage) -> dict[str, set[str]]:
        """The nodes that dbt selects for a stage, each with those that must be built before it."""
        if stage not in self._orders:
            types = [NodeType.Model, NodeType.Test] if stage.command == "build" else [NodeType.Model]
            selector = ResourceTypeSelector(
                graph=self._graph, manifest=self._manifest, previous_state=None, resource_types=types
            )
            chosen = selector.get_selected(parse_difference([stage.selection], None))
            built = {node_id for node_id in chosen if not self._manifest.nodes[node_id].is_ephemeral_model}
            graph = self._graph.get_subset_graph(built).graph
            self._orders[stage] = {node_id: set(graph.predecessors(node_id)) for node_id in sorted(graph.nodes())}
        return self._orders[stage]

    def _is_for_first_year(self, node_id: str) -> bool:
        return bool(self._manifest.nodes[node_id].config.get("first_year_only"))

    def _runner(self, node: Any) -> Any:
        kind = TestRunner if node.resource_type == NodeType.Test else OneContextRunner
        runner = kind(self._config, self._adapter, node, 0, 0)
        runner.compiler = self._compiler
        return runner

    def _open(self) -> None:
        """Open the database, as the start of an invocation does: the start hooks, and what is in it.

        What is in it is looked up once: of what is built later dbt takes note itself. It stays open from one stage to
        the next: a new one would have to read what the stage before had in memory.
        """
        if self.is_open:
            return
        adapter, manifest = self._adapter, self._manifest
        with adapter.connection_named("master"):
            if not adapter.cache.schemas:
                self._note_relations()
            hooks = [node for node in manifest.nodes.values() if node.resource_type == NodeType.Operation]
            for hook in sorted(hooks, key=lambda node: node.index):
                sql = self._compiler.compile_node(hook, manifest, {}, write=False).compiled_code
                adapter.clear_transaction()
                if sql.strip():
                    adapter.execute(sql, auto_begin=False, fetch=False)
        self._environment = DuckDBConnectionManager._ENV

    def _note_relations(self) -> None:
        """Tell dbt what is in the database, which it would find out through a macro in a thread for each schema."""
        place = {name: getattr(self._config.credentials, name) for name in ("database", "schema")}
        _, cursor = self._adapter.connections.add_query(_RELATIONS, auto_begin=False)
        for name, kind in cursor.fetchall():
            self._adapter.cache.add(self._adapter.Relation.create(identifier=name, type=kind, **place))
        self._adapter.cache.update_schemas({(place["database"], place["schema"])})

    @contextmanager
    def _own_state(self, variables: dict[str, Any]) -> Iterator[None]:
        """Put this session's parts where dbt looks for them; another use of dbt in the process has its own."""
        flags = get_flags()
        self._set_context()
        set_flags(self._flags)
        if self._adapter is None or FACTORY.adapters.get(self._config.credentials.type) is not self._adapter:
            self._register_adapter()
        self._config.cli_vars = variables
        self._compiler = _StageCompiler(self._config, self._templates, self._contexts)
        _forget_compiled_code(self._manifest)
        if not variables.get("inputs_are_loaded") and not self._manifest.flat_graph:
            self._manifest.build_flat_graph()  # the start hook looks into it for the inputs
        try:
            yield
        finally:
            set_flags(flags)

    def _register_adapter(self) -> None:
        self._contexts.clear()
        reset_adapters()
        with flags_of_no_author():
            register_adapter(self._config, get_mp_context())
        self._adapter = FACTORY.adapters[self._config.credentials.type]
        self._adapter.set_macro_context_generator(generate_runtime_macro_context)
        self._adapter.set_macro_resolver(self._manifest)
        header = generate_query_header_context(self._config, self._manifest)
        self._adapter.connections.set_query_header(header)

    def _set_context(self) -> None:
        set_invocation_context(dict(os.environ))


class _StageCompiler(Compiler):  # type: ignore[misc]
    """dbt's compiler; a template is parsed once for all years, and SQL goes to disk only when it has failed.

    So is the context made once that a model is rendered in, and then run in: from one year to the next only the
    variables change.
    """

    def __init__(self, config: Any, templates: dict[str, Any], contexts: dict[str, dict[str, Any]]) -> None:
        super().__init__(config)
        self._templates = templates
        self.contexts = contexts

    def _compile_code(self, node: Any, manifest: Any, extra_context: dict[str, Any] | None = None) -> Any:
        if extra_context:
            return super()._compile_code(node, manifest, extra_context)
        is_plain_model = node.resource_type == NodeType.Model and node.language == "sql" and not node.all_constraints
        if not is_plain_model and node.resource_type != NodeType.Operation:
            return super()._compile_code(node, manifest, extra_context)
        if node.unique_id not in self._templates:
            self._templates[node.unique_id] = get_template(node.raw_code, {}, node)
        context = self._context(node, manifest)
        node.compiled_code = render_template(self._templates[node.unique_id], context, node)
        node.compiled = True
        return node

    def _context(self, node: Any, manifest: Any) -> dict[str, Any]:
        context = self.contexts.get(node.unique_id)
        if context is None:
            context = self.contexts[node.unique_id] = self._create_node_context(node, manifest, {})
        else:
            context["var"] = RuntimeVar(context, config=self.config, node=node)
        return context

    def _write_node(self, node: Any, split_suffix: str | None = None) -> Any:
        return node

    def write_node(self, node: Any) -> None:
        """Write a node's compiled SQL into the work folder."""
        super()._write_node(node)


def _without(order: Mapping[str, set[str]], left_out: set[str]) -> dict[str, set[str]]:
    return {node_id: before - left_out for node_id, before in order.items() if node_id not in left_out}


def _in_order(order: dict[str, set[str]], build: Build, threads: int, adapter: Any) -> list[Any]:
    if threads == 1:
        return list(_one_by_one(order, build))
    return _side_by_side(order, build, threads, adapter)


def _one_by_one(order: dict[str, set[str]], build: Build) -> Iterator[Any]:
    for node_id in TopologicalSorter(order).static_order():
        result = build(node_id)
        yield result
        if _has_failed(result):
            return


def _side_by_side(order: dict[str, set[str]], build: Build, threads: int, adapter: Any) -> list[Any]:
    sorter, results = TopologicalSorter(order), []
    sorter.prepare()
    context = get_invocation_context()
    with ThreadPoolExecutor(threads, initializer=_INVOCATION_CONTEXT_VAR.set, initargs=(context,)) as pool:
        running: dict[Future[Any], str] = {}
        try:
            while sorter.is_active():
                running |= {pool.submit(build, node_id): node_id for node_id in sorter.get_ready()}
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    results.append(future.result())
                    sorter.done(running.pop(future))
                if any(map(_has_failed, results)):
                    break
        finally:
            for future in running:
                future.cancel()
            if any(future.running() for future in running):
                adapter.cancel_open_connections()
    return sorted(results, key=_has_failed)


def _has_failed(result: Any) -> bool:
    return str(result.status) in ("error", "fail")


def _forget_compiled_code(manifest: Any) -> None:
    # dbt marks an ephemeral model of a reused manifest as already put in place, and would leave it out next time.
    for node in manifest.nodes.values():
        if node.resource_type in (NodeType.Model, NodeType.Test):
            node.compiled = False
            node.compiled_code = None
            node.extra_ctes_injected = False
            node.extra_ctes = []
