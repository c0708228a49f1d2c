"""The project's Jinja: models and macros become templates, and what dbt offers to them is offered by a ``Scope``.

A run needs little of dbt's language: ``ref``, ``source``, ``var``, ``config``, ``this``, ``statement``, ``run_query``
and a few more names. A project that asks for another is refused before anything is built.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model_plan import OFFERED, PACKAGES, SCHEMA, ModelPlan, Node, plain

_COMMENT = r"--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/"
_WITH = re.compile(rf"(?:\s|{_COMMENT})*with\s(?:\s*(?P<recursive>recursive\b))?", re.IGNORECASE)
_CALLED = "called_"
_COLLECTED = ("pre-hook", "pre_hook", "post-hook", "post_hook", "tags")
"""Settings of which dbt collects what several calls say; of others the last one counts."""

_MISSING = object()

Statements = Callable[[str], list[tuple[Any, ...]]]
"""Runs SQL in the node's connection and hands out its rows."""


@dataclass(frozen=True)
class Relation:
    """The quoted name of a table or view, as SQL writes it."""

    database: str
    schema: str
    identifier: str

    def __str__(self) -> str:
        return f'"{self.database}"."{self.schema}"."{self.identifier}"'

    @property
    def name(self) -> str:
        """Its own, without database and schema."""
        return self.identifier

    table = name

    def incorporate(self, path: Mapping[str, str] | None = None, type: str | None = None) -> Relation:
        """The same place with other parts of the name; what kind of relation it is makes no difference."""
        return replace(self, **(path or {}))


class _Returned(Exception):
    """Carries a value out of a macro, which plain Jinja cannot."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class _Blocks(jinja2.ext.Extension):
    """Reads ``{% materialization table, adapter='duckdb' %}`` and ``{% test unique(model) %}`` as macros."""

    tags = {"materialization", "test", "data_test"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        """The macro."""
        tag = next(parser.stream)
        name = parser.parse_assign_target(name_only=True).name
        macro = jinja2.nodes.Macro(f"test_{name}", [], [], [], lineno=tag.lineno)
        if tag.value == "materialization":
            macro.name = f"materialization_{name}_{self._adapter(parser)}"
        else:
            parser.parse_signature(macro)
        macro.body = parser.parse_statements((f"name:end{tag.value}",), drop_needle=True)
        return macro

    def _adapter(self, parser: jinja2.parser.Parser) -> str:
        adapter = "default"
        while parser.stream.skip_if("comma"):
            option = parser.parse_assign_target(name_only=True).name
            if option == "default":
                continue
            parser.stream.expect("assign")
            value = parser.parse_expression()
            adapter = value.as_const() if option == "adapter" else adapter
        return adapter


class Templates:
    """The compiled templates of a plan; each is compiled once, when it is first needed.

    Args:
        plan: models and macros.
    """

    def __init__(self, plan: ModelPlan) -> None:
        self.plan = plan
        self.environment = jinja2.sandbox.SandboxedEnvironment(
            extensions=[jinja2.ext.do, jinja2.ext.loopcontrols, _Blocks],
            undefined=jinja2.StrictUndefined,
            cache_size=0,
        )
        # dbt has these for profiles; in models they leave a value as it is.
        for name in ("as_text", "as_bool", "as_native", "as_number"):
            self.environment.filters[name] = lambda value: value
        self._compiled: dict[str, jinja2.Template] = {}

    @property
    def globals(self) -> Mapping[str, Any]:
        """What Jinja itself offers: ``range``, ``namespace`` and the like."""
        return self.environment.globals

    def render(self, key: str, scope: Scope) -> str:
        """The text that a node's code makes."""
        if key not in self._compiled:
            self._compiled[key] = self.environment.from_string(self.plan.nodes[key].code)
        template = self._compiled[key]
        scope.settings.forget_calls()
        text = "".join(template.root_render_func(template.new_context(scope, shared=True)))
        scope.settings.hold_calls_to_the_parsing()
        return text

    def macro(self, key: str, scope: Scope) -> Callable[..., Any]:
        """A macro that sees the names of a scope, and hands out what it returns or else its text."""
        name = key.rpartition(".")[2]
        if key not in self._compiled:
            self._compiled[key] = self.environment.from_string(self._under_another_name(key, name))
        macro = getattr(self._compiled[key].make_module(scope, shared=True), _CALLED + name)

        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return macro(*arguments, **options)
            except _Returned as returned:
                return returned.value

        return call

    def _under_another_name(self, key: str, name: str) -> jinja2.nodes.Template:
        """A macro that finds in its scope, and not in itself, what it calls by its own name: that hands out values."""
        template = self.environment.parse(self.plan.macros[key])
        for macro in template.find_all(jinja2.nodes.Macro):
            if macro.name == name:
                macro.name = _CALLED + name
        return template

    @cached_property
    def graph(self) -> dict[str, Any]:
        """The nodes as templates see them."""
        return {"nodes": {key: _described(node, self.plan) for key, node in self.plan.nodes.items()}}


@dataclass
class Surroundings:
    """What is around all templates while stages are built.

    Args:
        variables: of the stage.
        relations: the tables and views of the database.
        threads: nodes built at a time.
    """

    variables: Mapping[str, Any]
    relations: set[str]
    threads: int


class Scope(dict[str, Any]):
    """The names that a node's templates see: the node's own, those of every node, and the macros.

    A macro is made when it is first asked for, and then kept: a scope lives as long as a session.

    Args:
        templates: of the plan.
        key: the node's id.
        around: changes from stage to stage.
        statements: runs SQL; ``run_in`` gives another when the node is built again.
    """

    def __init__(self, templates: Templates, key: str, around: Surroundings, statements: Statements) -> None:
        super().__init__()
        self._templates, self._plan, self._around = templates, templates.plan, around
        self._node = templates.plan.nodes[key]
        self._statements = statements
        self._macros: dict[str, Callable[..., Any]] = {}
        self.settings = _Config(self._node)
        place = Relation(self._plan.catalog, SCHEMA, self._node.name)
        offered = {
            **templates.globals,
            "adapter": _Adapter(self),
            "config": self.settings,
            "env_var": _env_var,
            "exceptions": _Exceptions(self._node),
            "execute": True,
            "graph": templates.graph,
            "is_incremental": lambda: self._node.materialized == "incremental" and self._exists(place),
            "load_cached_relation": lambda relation: relation if self._exists(relation) else None,
            "log": lambda *arguments, **options: "",
            "model": _described(self._node, self._plan),
            "ref": self._ref,
            "return": _return,
            "run_query": lambda text: _Rows(self._statements(text)),
            "should_full_refresh": lambda: False,
            "source": self._source,
            "statement": self._statement,
            "target": _Offered(
                "target", type="duckdb", database=place.database, schema=place.schema, threads=around.threads
            ),
            "this": place,
            "var": self._var,
        }
        self.update({name: value for name, value in offered.items() if name not in self._plan.macros})
        self.compiled_to(None)

    def run_in(self, statements: Statements) -> None:
        """Give the templates a connection to run statements in."""
        self._statements = statements

    def compiled_to(self, sql: str | None) -> None:
        """Tell a materialization what it is to build."""
        self["compiled_code"] = self["sql"] = sql

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (
            isinstance(name, str) and (name in (*PACKAGES, self._plan.project) or self._plan.macro(name) is not None)
        )

    def __missing__(self, name: str) -> Any:
        if name in (*PACKAGES, self._plan.project):
            self[name] = _Package(self, name)
        elif key := self._plan.macro(name):
            self[name] = self.called(key)
        else:
            raise KeyError(name)
        return self[name]

    def called(self, key: str) -> Callable[..., Any]:
        """A macro by its name in the plan."""
        if key not in self._macros:
            self._macros[key] = self._templates.macro(key, self)
        return self._macros[key]

    def variant(self, name: str, package: str | None) -> Callable[..., Any]:
        """The macro of this name for DuckDB, or else the one for all databases."""
        key = self._plan.variant(name, package)
        if key is None:
            raise self._error(f"there is no macro {name} for DuckDB")
        return self.called(key)

    def of_package(self, name: str, package: str) -> Callable[..., Any] | None:
        """A macro by the name of its package and its own; None where there is none."""
        if package in PACKAGES and name in OFFERED:
            return self[name]  # type: ignore[no-any-return]
        key = self._plan.macro(name, package)
        return None if key is None else self.called(key)

    def _exists(self, relation: Relation) -> bool:
        return relation.identifier in self._around.relations

    def _ref(self, *names: str) -> str:
        for key in self._node.parents:
            node = self._plan.nodes.get(key)
            if node is not None and node.name == names[-1]:
                return f"__dbt__cte__{node.name}" if node.materialized == "ephemeral" else node.relation
        raise self._error(
            f"ref('{names[-1]}') is not among the models that dbt has seen it read",
            remedy=f"If that depends on a variable, put this at the top: -- depends_on: {{{{ ref('{names[-1]}') }}}}",
        )

    def _source(self, group: str, table: str) -> str:
        for key, relation in self._plan.sources.items():
            if key.endswith(f".{group}.{table}"):
                return relation
        raise self._error(f"source('{group}', '{table}') is not declared")

    def _var(self, name: str, default: Any = _MISSING) -> Any:
        if name in self._around.variables:
            return self._around.variables[name]
        value = self._plan.variables.get(name, default)
        if value is _MISSING:
            raise self._error(f"var('{name}') has no value")
        return value

    def _statement(self, name: str | None = None, *, caller: Callable[[], str], **options: Any) -> str:
        self._statements(caller())
        return ""

    def _error(self, words: str, remedy: str | None = None) -> ModelError:
        return ModelError(f"{self._node.path}: {words}", remedy=remedy)


def with_ephemeral(sql: str, ephemeral: Mapping[str, str]) -> str:
    """A model's SQL with those that are part of it put in front, as common table expressions.

    Args:
        sql: of the model.
        ephemeral: SQL by name, those first that others read.
    """
    if not ephemeral:
        return sql
    expressions = ", ".join(f"__dbt__cte__{name} as (\n{text}\n)" for name, text in ephemeral.items())
    begin = _WITH.match(sql)
    if begin is None:
        return f"with {expressions}\n{sql}"
    return f"{begin[0]} {expressions}, {sql[begin.end() :]}"


class _Config:
    """A node's settings. Calling it was for dbt, which has read the file; now it must say the same as then."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._calls: dict[str, Any] = {}

    def __call__(self, *mappings: Mapping[str, Any], **settings: Any) -> str:
        for name, value in [*(item for mapping in mappings for item in mapping.items()), *settings.items()]:
            before = self._calls.get(name)
            if name in _COLLECTED:
                self._calls[name] = [*_listed(before), *_listed(value)]
            elif isinstance(before, dict) and isinstance(value, Mapping):
                self._calls[name] = before | dict(value)
            else:
                self._calls[name] = value
        return ""

    def forget_calls(self) -> None:
        """Begin to listen to what the file says."""
        self._calls = {}

    def hold_calls_to_the_parsing(self) -> None:
        """Refuse what the file has said, if it is not what dbt has heard.

        Raises:
            ModelError: a setting is another one.
        """
        for name in sorted(self._calls.keys() | self._node.said.keys()):
            then = self._node.said.get(name, self._node.settings.get(name))
            now = plain(self._calls.get(name))
            if name in _COLLECTED:
                then, now = _listed(then), _listed(now)
            if now != then and name != "grants":
                raise ModelError(
                    f"{self._node.path}: its config says {name}={now!r}, and said {then!r} when dbt parsed it",
                    remedy="Settings hold for all runs: they cannot depend on variables that a run sets.",
                )

    def get(self, name: str, default: Any = None) -> Any:
        """A setting, or the default where there is none."""
        value = self._node.settings.get(name)
        return default if value is None else value

    def require(self, name: str) -> Any:
        """A setting that must be there."""
        return self._node.settings[name]


class _Adapter:
    """What materializations ask of a database."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def commit(self) -> str:
        """Make what the node has written last."""
        self._scope["run_query"]("commit")
        return ""

    def dispatch(self, macro_name: str, macro_namespace: str | None = None) -> Callable[..., Any]:
        """The variant of a macro for DuckDB."""
        return self._scope.variant(macro_name, macro_namespace)


class _Package:
    """``dbt.dateadd`` and the like."""

    def __init__(self, scope: Scope, name: str) -> None:
        self._scope, self._name = scope, name

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found = self._scope.of_package(name, self._name)
        if found is None:
            raise AttributeError(name)
        return found


class _Offered(dict[str, Any]):
    """What a run knows of something; asked for more, it refuses, where a mapping would have nothing to say."""

    def __init__(self, of: str, /, **parts: Any) -> None:
        super().__init__(parts)
        self._of = of

    def __missing__(self, part: str) -> Any:
        raise ModelError(
            f"{self._of}.{part} is not offered to the models of a run", remedy=f"There are {', '.join(self)}."
        )

    def get(self, part: str, default: Any = None) -> Any:
        """What is known; the default is for what could be missing, and nothing is."""
        return self[part]

    def __getattr__(self, part: str) -> Any:
        return self[part]


class _Rows(list[tuple[Any, ...]]):
    """Of a query; dbt's have more."""

    def __getattr__(self, part: str) -> Any:
        if part.startswith("__"):
            raise AttributeError(part)
        raise ModelError(
            f"run_query(...).{part} is not offered to the models of a run", remedy="Go through the rows, by number."
        )


class _Exceptions:
    """For macros that refuse to go on."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def raise_compiler_error(self, message: str) -> None:
        """End the stage with the macro's own words."""
        raise ModelError(f"{self._node.path}: {message}")


def _described(node: Node, plan: ModelPlan) -> dict[str, Any]:
    return _Offered(
        "model", name=node.name, resource_type=node.kind, config=node.settings, original_file_path=node.path,
        root_path=plan.root, raw_code=node.code, database=plan.catalog, schema=SCHEMA, alias=node.name,
    )  # fmt: skip


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _return(value: Any = None) -> None:
    raise _Returned(value)


def _env_var(var: str, default: Any = _MISSING) -> Any:
    if var in os.environ:
        return os.environ[var]
    if default is _MISSING:
        raise ModelError(f"environment variable {var} is not set, and the project asks for it")
    return default
