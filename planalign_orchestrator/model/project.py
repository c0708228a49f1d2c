"""The files of the dbt project that a run uses, and the SQL that is made of their Jinja.

A model may use ``ref``, ``source``, ``var``, ``config``, ``this``, ``return`` and the project's own macros; one that
asks for anything else is refused with its file and the name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
import jinja2.runtime
import jinja2.sandbox
import yaml

from planalign_orchestrator.errors import ModelError, PlanAlignError, instead_of
from planalign_orchestrator.tables import compiled_templates

_TEXTS = ("models/**/*.sql", "macros/*.sql", "tests/*.sql")
"""What a run reads. Macros in folders below ``macros``, and generic tests, are for dbt by hand."""

Columns = Mapping[str, str]
"""DuckDB type by column, in column order."""


@dataclass(frozen=True)
class Project:
    """The text of the project.

    Args:
        texts: of models, macros and laws, by path relative to the project.
        variables: defaults from ``dbt_project.yml``.
        seeds: the columns of each assumption table, and of each table of settings.
        sources: the columns declared for each table that is read without a model, by group and name.
        cells: of each table of settings the setting (its dotted path) that a column holds, by column.
    """

    texts: Mapping[str, str]
    variables: Mapping[str, Any]
    seeds: Mapping[str, Columns]
    sources: Mapping[tuple[str, str], Columns]
    cells: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Project":
        """Read the project in a folder.

        Raises:
            ModelError: a file is missing or cannot be read.
        """
        paths = [path for pattern in _TEXTS for path in sorted(folder.glob(pattern))]
        texts = {path.relative_to(folder).as_posix(): _text(path) for path in paths}
        variables = read_yaml(folder / "dbt_project.yml").get("vars") or {}
        cells = _seeds(folder / "cells")
        groups = read_yaml(folder / "models" / "sources.yml").get("sources") or []
        return cls(
            texts=texts,
            variables=variables,
            seeds={seed["name"]: _types(seed) for seed in [*_seeds(folder / "seeds"), *cells]},
            cells={seed["name"]: _settings(seed) for seed in cells},
            sources={(group["name"], table["name"]): _types(table) for group in groups for table in group["tables"]},
        )

    @cached_property
    def models(self) -> dict[str, str]:
        """The path of each model and law, by name.

        Raises:
            ModelError: two files have one name.
        """
        found: dict[str, str] = {}
        for path in self.texts:
            if not path.startswith("macros/") and found.setdefault(name_of(path), path) != path:
                raise ModelError.told("two of a name", path=path, other=found[name_of(path)])
        return found


def name_of(path: str) -> str:
    """The name of a model or law."""
    return PurePosixPath(path).stem


def _seeds(folder: Path) -> list[dict[str, Any]]:
    return [seed for path in sorted(folder.glob("*.yml")) for seed in read_yaml(path)["seeds"]]


def _types(table: Mapping[str, Any]) -> dict[str, str]:
    return {column["name"]: column["data_type"] for column in table.get("columns") or [] if "data_type" in column}


def _settings(seed: Mapping[str, Any]) -> dict[str, str]:
    meant = {column["name"]: column.get("config", {}).get("meta", {}).get("setting") for column in seed["columns"]}
    return {column: setting for column, setting in meant.items() if setting}


def _text(path: Path) -> str:
    with instead_of((OSError, UnicodeDecodeError), ModelError.told, "unreadable project", path=path):
        return path.read_text(encoding="utf-8")


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file of the project.

    libyaml reads it fifteen times as fast as the reader that users' files need for its line numbers.

    Raises:
        ModelError: the file cannot be read.
    """
    with instead_of(yaml.YAMLError, ModelError.told, "no YAML", path=path):
        return yaml.load(_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


KINDS = ("table", "incremental", "view", "ephemeral")
"""What ``materialized`` may be."""

SCHEMA = "main"
"""Where every table is."""

FOR_DBT = frozenset({"incremental_strategy", "unique_key", "tags", "severity", "meta"})
"""Settings that a run passes over: they are for dbt by hand and for who reads the project."""

MACROS = "macros"
"""Key of the template of all macros."""

_COMMENT = r"--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/"
_WITH = re.compile(rf"(?:\s|{_COMMENT})*with\s(?:\s*(?P<recursive>recursive\b))?", re.IGNORECASE)
_MISSING = object()


@dataclass(frozen=True)
class Config:
    """How a model is built.

    Args:
        materialized: ``table``, ``incremental``, ``view`` or ``ephemeral``.
        sliced_over: the table whose people are divided, when the model is built for some people at a time.
        first_year_only: later years leave the table as it is.
        empty_unless: a SELECT without rows where the model has none, which saves planning it.
    """

    materialized: str = "view"
    sliced_over: str | None = None
    first_year_only: bool = False
    empty_unless: str | None = None


@dataclass
class Model:
    """A model or law as it renders with one set of variables.

    Args:
        name: as others refer to it.
        path: of its file, relative to the project.
        config: how it is built.
        sql: the SELECT, with the ephemeral models that it reads in front.
        reads: names of the tables that the SQL reads.
        own_sql: the SELECT as it stands in its file.
        parts: the SELECT of each ephemeral model in ``sql``, those first that others read.
    """

    name: str
    path: str
    config: Config
    sql: str
    reads: frozenset[str]
    own_sql: str
    parts: Mapping[str, str]

    def __post_init__(self) -> None:
        self.folder = self.path.split("/")[1]
        """The folder of its file, below ``models``; stages select by it."""
        self.is_law = self.path.startswith("tests/")
        """Whether each row that it finds is a fault."""
        self.is_ephemeral = self.config.materialized == "ephemeral"
        """Whether it is only a part of other models."""


class Renderer:
    """Renders a project; each template is compiled once.

    Args:
        project: the text.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        macros = "\n".join(text for path, text in project.texts.items() if path.startswith("macros/"))
        self._language = jinja2.sandbox.SandboxedEnvironment(
            extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined, cache_size=-1, auto_reload=False,
            loader=jinja2.DictLoader({**project.texts, MACROS: macros}), bytecode_cache=compiled_templates(),
        )  # fmt: skip

    def render(self, variables: Mapping[str, Any], names: Iterable[str] = ()) -> dict[str, Model]:
        """Models and laws, by name.

        Args:
            variables: of this rendering; the project's defaults hold for the others.
            names: what is wanted; all when left out.

        Raises:
            ModelError: a file is no template, or fails, as when it asks for what is not offered.
        """
        rendering = _Rendering(self, {**self.project.variables, **variables})
        return {name: rendering.model(name) for name in names or self.project.models}

    def template(self, path: str) -> jinja2.Template:
        """The compiled template of a model, or of all macros."""
        with instead_of(jinja2.TemplateSyntaxError, ModelError.told, "no template", path=path):
            return self._language.get_template(path)


class _Returned(Exception):
    """Carries a value out of a macro, which plain Jinja cannot."""


@dataclass
class _Reading:
    """What the model in a file has said and asked for so far."""

    path: str
    settings: dict[str, Any] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)


class _Rendering:
    """One rendering of all models; a model that another refers to is rendered first."""

    def __init__(self, renderer: Renderer, variables: Mapping[str, Any]) -> None:
        self._renderer, self._project, self._variables = renderer, renderer.project, variables
        self._done: dict[str, Model] = {}
        self._open: dict[str, _Reading] = {}
        offered = {
            "ref": self._ref, "source": self._source, "var": self._var, "config": self._config, "return": _return,
        }  # fmt: skip
        macros = vars(renderer.template(MACROS).make_module(offered))
        for macro in macros.values():
            if isinstance(macro, jinja2.runtime.Macro):
                macro._func = partial(_value_of, macro._func)
        self._context = {**macros, **offered}

    def model(self, name: str) -> Model:
        """A model; rendered first, unless it is already."""
        if name in self._open:
            raise ModelError(f"models read each other in a circle: {' -> '.join([*self._open, name])}")
        if name not in self._done:
            reading = self._open[name] = _Reading(self._project.models[name])
            try:
                text = self._renderer.template(reading.path).render({**self._context, "this": relation(name)})
            except PlanAlignError:
                raise
            except Exception as error:  # a template can fail like any program
                raise self._error(f"its template fails: {error}") from error
            self._done[name] = _model(text, reading)
            del self._open[name]
        return self._done[name]

    @property
    def _now(self) -> _Reading:
        return next(reversed(self._open.values()))

    def _ref(self, name: str) -> str:
        reading = self._now
        if name in self._project.models:
            model = reading.models[name] = self.model(name)
            return part_name(name) if model.is_ephemeral else relation(name)
        if name not in self._project.seeds:
            raise self._error(f"ref('{name}'): there is no such model or assumption table")
        reading.tables.add(name)
        return relation(name)

    def _source(self, group: str, table: str) -> str:
        if (group, table) not in self._project.sources:
            raise self._error(f"source('{group}', '{table}') is not declared in models/sources.yml")
        return relation(table)

    def _var(self, name: str, default: Any = _MISSING) -> Any:
        value = self._variables.get(name, default)
        if value is _MISSING:
            raise self._error(f"var('{name}') has no value")
        return value

    def _config(self, **settings: Any) -> str:
        if strange := settings.keys() - {*Config.__dataclass_fields__, *FOR_DBT}:
            raise self._error(f"config({min(strange)}=...) is not offered to the models of a run")
        self._now.settings |= {name: value for name, value in settings.items() if name not in FOR_DBT}
        if (kind := self._now.settings.get("materialized", "view")) not in KINDS:
            raise self._error(f"config(materialized={kind!r}): there are {', '.join(KINDS)}")
        return ""

    def _error(self, words: str) -> ModelError:
        return ModelError(f"{self._now.path}: {words}")


def relation(name: str) -> str:
    """A table or view as SQL names it."""
    return f'"{SCHEMA}"."{name}"'


def part_name(name: str) -> str:
    """The common table expression that an ephemeral model is; dbt calls it the same."""
    return f"__dbt__cte__{name}"


def with_parts(sql: str, parts: Mapping[str, str]) -> str:
    """SQL with ephemeral models in front, as common table expressions.

    Args:
        sql: a SELECT, which may have expressions of its own.
        parts: SELECT by name, those first that others read.
    """
    if not parts:
        return sql
    expressions = ", ".join(f"{part_name(name)} as (\n{text}\n)" for name, text in parts.items())
    begin = _WITH.match(sql)
    if begin is None:
        return f"with {expressions}\n{sql}"
    return f"{begin[0]} {expressions}, {sql[begin.end() :]}"


def _model(text: str, reading: _Reading) -> Model:
    parts: dict[str, str] = {}
    reads = set(reading.tables)
    for parent in reading.models.values():
        if parent.is_ephemeral:
            parts |= {**parent.parts, parent.name: parent.own_sql}
            reads |= parent.reads
        else:
            reads.add(parent.name)
    path, config = reading.path, Config(**reading.settings)
    return Model(name_of(path), path, config, with_parts(text, parts), frozenset(reads), text, parts)


def _value_of(macro: Callable[..., str], *arguments: Any) -> Any:
    try:
        return macro(*arguments)
    except _Returned as returned:
        return returned.args[0]


def _return(value: Any) -> None:
    raise _Returned(value)
