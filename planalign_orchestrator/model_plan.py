"""What a run needs to know of the dbt project: its models, laws, start hooks and macros, taken from dbt's manifest.

dbt parses the project and decides what every file means; the plan is what remains of it when nothing but SQL has to be
made and run, small enough to be read in a hundredth of a second.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from typing import Any, Literal

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.run.stages import Stage

Kind = Literal["model", "test", "seed", "operation"]

OFFERED = frozenset({
    "adapter", "config", "compiled_code", "env_var", "exceptions", "execute", "graph", "is_incremental",
    "load_cached_relation", "log", "model", "ref", "return", "run_query", "should_full_refresh", "source", "sql",
    "statement", "target", "this", "var",
})  # fmt: skip
"""What of dbt's language a run offers itself; of dbt's macros come along those that the project calls."""

PACKAGES = ("dbt", "dbt_duckdb")
"""Of macros, that come along with dbt. Other packages are for dbt by hand."""

SET_BY_A_RUN = (
    "PLANALIGN_DATABASE", "PLANALIGN_DBT_THREADS", "PLANALIGN_DUCKDB_MEMORY", "PLANALIGN_DUCKDB_THREADS",
    "PLANALIGN_TEMP_DIRECTORY", "PLANALIGN_TEMP_LIMIT",
)  # fmt: skip
"""Environment variables that have other values in every run, and decide nothing of a plan."""

SCHEMA = "main"
"""Of everything that the project builds: what reads the results names tables without a schema."""

DATABASES = ("duckdb", "default")
"""Variants of a macro or materialization, the better one first."""


@dataclass(frozen=True)
class Node:
    """A model, a law, an assumption table or a start hook.

    Args:
        name: in ``ref``, the progress display and ``run.json``.
        kind: what dbt calls the type of resource.
        path: of its file, below the project.
        folders: that its file lies in, below ``models``, and its own name; stages select by them.
        code: Jinja and SQL as they stand in the file.
        settings: its effective ``config``.
        said: what the calls of ``config`` in its file came to when dbt parsed it.
        parents: ids of the nodes and sources that it reads.
        relation: the quoted name of its table or view.
    """

    name: str
    kind: Kind
    path: str
    folders: tuple[str, ...]
    code: str
    settings: dict[str, Any]
    said: dict[str, Any]
    parents: tuple[str, ...]
    relation: str

    @property
    def materialized(self) -> str:
        """How it is built: ``table``, ``incremental``, ``view`` or ``ephemeral``."""
        return str(self.settings.get("materialized"))


@dataclass(frozen=True)
class ModelPlan:
    """The project, ready to be built without dbt.

    Args:
        project: its name; also the name of its package of macros.
        catalog: the name of the database in the SQL.
        root: the folder of the project.
        nodes: by dbt's id.
        sources: the quoted name of each table that is read without a model, by dbt's id.
        macros: Jinja text by name; the names of those that dbt brings along begin with ``dbt.``.
        variables: the defaults of ``dbt_project.yml``.
        environment: a hash of the value that each environment variable had which the project asked for.
    """

    project: str
    catalog: str
    root: str
    nodes: dict[str, Node]
    sources: dict[str, str]
    macros: dict[str, str]
    variables: dict[str, Any]
    environment: dict[str, str]

    @classmethod
    def of(
        cls, manifest: Any, catalog: str, root: str, variables: dict[str, Any], asked: Iterable[str] = ()
    ) -> ModelPlan:
        """The plan of a project that dbt has parsed, with all macros there are.

        Args:
            manifest: dbt's.
            catalog: the name of the database in the SQL.
            root: the folder of the project.
            variables: as they stand in ``dbt_project.yml``.
            asked: environment variables that stand there.

        Raises:
            ModelError: the project uses something that a run would have to leave out.
        """
        project = manifest.metadata.project_name
        nodes = {key: _node(node, catalog) for key, node in manifest.nodes.items() if _is_built(node, project)}
        plan = cls(
            project=project,
            catalog=catalog,
            root=root,
            nodes=nodes,
            sources={key: source.relation_name for key, source in manifest.sources.items()},
            macros=_macros(manifest, project),
            variables=_without_jinja({**variables, **variables.get(project, {})}),
            environment=environment_now({*manifest.env_vars, *asked}),
        )
        plan.refuse_unknown_parents()
        return plan

    @classmethod
    def from_json(cls, text: bytes) -> ModelPlan:
        """A plan that ``to_json`` has written; ValueError, KeyError, TypeError or AttributeError when it is none."""
        content = json.loads(text, object_hook=_revived)
        nodes = {
            key: Node(**{**node, "folders": tuple(node["folders"]), "parents": tuple(node["parents"])})
            for key, node in content.pop("nodes").items()
        }
        return cls(nodes=nodes, **content)

    def to_json(self) -> bytes:
        """The plan as text; mappings keep the order of the project's files."""
        return json.dumps(plain(asdict(self))).encode()

    def refuse_unknown_parents(self) -> None:
        """Refuse a model that reads what a run does not build: a snapshot, or a function of the database.

        Raises:
            ModelError: there is such a model.
        """
        for node in self.nodes.values():
            for parent in node.parents:
                if parent not in self.nodes and parent not in self.sources:
                    raise ModelError(
                        f"{node.path}: it reads {parent}, which a run does not build",
                        remedy="Read models, sources and assumption tables. dbt by hand offers all of dbt.",
                    )

    def macro(self, name: str, package: str | None = None) -> str | None:
        """The name in ``macros`` of what a template calls by a name; None where there is no such macro.

        Args:
            name: as it is called.
            package: what stands before it. Without one the project's own goes before dbt's.
        """
        if package is None:
            places = ["", "dbt."]
        elif package == self.project:
            places = [""]
        else:
            places = ["dbt."] if package in PACKAGES else []
        return next((place + name for place in places if place + name in self.macros), None)

    def materialization(self, node: Node) -> str | None:
        """The name in ``macros`` of what builds a model; None where there is nothing."""
        names = (f"materialization_{node.materialized}_{database}" for database in DATABASES)
        return next(filter(None, map(self.macro, names)), None)

    def variant(self, name: str, package: str | None) -> str | None:
        """The name in ``macros`` of what ``adapter.dispatch`` finds; None where there is nothing.

        For a macro of dbt's, all variants of the project go before all of dbt's.
        """
        for place in (None,) if package is None else (self.project, package):
            for database in DATABASES:
                if found := self.macro(f"{database}__{name}", place):
                    return found
        return None

    def of_kind(self, kind: Kind) -> dict[str, Node]:
        """The nodes of one kind, by id."""
        return {key: node for key, node in self.nodes.items() if node.kind == kind}

    def order(self, stage: Stage) -> dict[str, set[str]]:
        """The nodes of a stage that are built, each with those that must be built before it.

        A stage names folders right below ``models``, and models. With the command ``build`` the laws belong to it that
        read one of its models.
        """
        wanted = set(stage.selection.split())
        built = {key for key, node in self.of_kind("model").items() if wanted & {node.folders[0], node.folders[-1]}}
        if stage.command == "build":
            built |= {key for key, node in self.of_kind("test").items() if built & set(node.parents)}
        built = {key for key in built if self.nodes[key].materialized != "ephemeral"}
        return {key: self._built_before(key, built) for key in sorted(built)}

    def models_in_order(self) -> Iterator[Node]:
        """All models that are built, parents first."""
        models = self.of_kind("model")
        order = TopologicalSorter({key: set(node.parents) & models.keys() for key, node in models.items()})
        return (models[key] for key in order.static_order() if models[key].materialized != "ephemeral")

    def ephemeral_parents(self, key: str) -> list[str]:
        """Ids of the models that are part of a node's SQL, those first that others of them read."""
        found: dict[str, None] = {}
        for parent in self.nodes[key].parents:
            if self._is_ephemeral(parent):
                found |= dict.fromkeys([*self.ephemeral_parents(parent), parent])
        return list(found)

    def _is_ephemeral(self, key: str) -> bool:
        return key in self.nodes and self.nodes[key].materialized == "ephemeral"

    def _built_before(self, key: str, built: set[str]) -> set[str]:
        """The nearest ancestors that are among those built; what lies between is read as it is."""
        found: set[str] = set()
        seen: set[str] = set()
        left = list(self.nodes[key].parents)
        while left:
            parent = left.pop()
            if parent in built:
                found.add(parent)
            elif parent in self.nodes and parent not in seen:
                seen.add(parent)
                left += self.nodes[parent].parents
        return found


def environment_now(names: Iterable[str]) -> dict[str, str]:
    """A hash of the value that each environment variable has; a value may be a secret."""
    values = ((name, os.environ.get(name)) for name in sorted(set(names)) if name not in SET_BY_A_RUN)
    return {name: hashlib.sha256(repr(value).encode()).hexdigest() for name, value in values}


_JINJA = re.compile(r"\{[{%#]")


def _without_jinja(variables: dict[str, Any]) -> dict[str, Any]:
    for name, value in variables.items():
        if isinstance(value, str) and _JINJA.search(value):
            raise ModelError(
                f"dbt_project.yml: the variable {name} holds Jinja, which a run leaves as it is: {value}",
                remedy="Write the value itself there, or the expression where the variable is used.",
            )
    return variables


def _is_built(node: Any, project: str) -> bool:
    # The tests that describe columns are for `dbt build` by hand. The laws check more, and they stay.
    kind = node.resource_type
    if kind == "operation" and (node.package_name != project or "on-run-start" not in node.tags):
        raise ModelError(
            f"dbt_project.yml: {node.name} is a hook of a package, or for the end of an invocation, and a run has none",
            remedy="Remove it, and use the hooks of `planalign` (docs/architecture.md).",
        )
    if node.package_name != project:
        return False
    if kind == "test" and "law" in node.tags and getattr(node, "test_metadata", None) is not None:
        raise ModelError(
            f"{node.original_file_path}: {node.name} has the tag `law`, and is a test of a column",
            remedy="A law is a file of its own below dbt/tests; take the tag away, or write one.",
        )
    return kind in ("model", "seed", "operation") or (kind == "test" and "law" in node.tags)


def _node(node: Any, catalog: str) -> Node:
    path = node.original_file_path.replace("\\", "/")
    kind = str(node.resource_type.value)
    if kind == "model" and node.language != "sql":
        raise ModelError(
            f"{path}: a run builds models that are written in SQL, and this one is in {node.language}",
            remedy="Write it in SQL. dbt by hand offers all of dbt.",
        )
    if kind in ("model", "seed") and (node.database, node.schema, node.alias) != (catalog, SCHEMA, node.name):
        raise ModelError(
            f"{path}: it has a place of its own, {node.database}.{node.schema}.{node.alias}; what reads it looks for "
            f"{SCHEMA}.{node.name}",
            remedy="Take `alias`, `schema` and `database` out of its config, and a schema out of the profile.",
        )
    return Node(
        name=node.name,
        kind=kind,  # type: ignore[arg-type]
        path=path,
        folders=tuple(node.fqn[1:]),
        code=node.raw_code,
        settings=node.config.to_dict(omit_none=True),
        said=getattr(node, "config_call_dict", {}),
        parents=tuple(getattr(node.depends_on, "nodes", ())),
        relation=getattr(node, "relation_name", None) or "",
    )


def _macros(manifest: Any, project: str) -> dict[str, str]:
    """Text by name; of dbt's macros with one name that for DuckDB."""
    of = {package: [macro for macro in manifest.macros.values() if macro.package_name == package]
          for package in (*PACKAGES, project)}  # fmt: skip
    offered = {f"dbt.{macro.name}": macro.macro_sql for package in PACKAGES for macro in of[package]}
    for name in OFFERED:
        offered.pop(f"dbt.{name}", None)
    return offered | {macro.name: macro.macro_sql for macro in of[project]}


_PAIRS, _DATE, _TIME = "_pairs", "_date", "_time"


def plain(value: Any) -> Any:
    """A value of YAML or of a template as JSON can say it: keys may be numbers there, and dates have a type."""
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value) and not value.keys() & {_PAIRS, _DATE, _TIME}:
            return {key: plain(part) for key, part in value.items()}
        return {_PAIRS: [[plain(key), plain(part)] for key, part in value.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, dt.datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, dt.date):
        return {_DATE: value.isoformat()}
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _revived(found: dict[str, Any]) -> Any:
    if found.keys() == {_PAIRS}:
        return dict(found[_PAIRS])
    if found.keys() == {_TIME}:
        return dt.datetime.fromisoformat(found[_TIME])
    return dt.date.fromisoformat(found[_DATE]) if found.keys() == {_DATE} else found
