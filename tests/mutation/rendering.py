"""The models' SQL without dbt: their Jinja rendered here, so that a changed file costs milliseconds, not seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import jinja2

_VALUE_MACRO = re.compile(r"\{% macro (\w+)\(\) -%\}\s*\{\{ return\((.*?)\) \}\}\s*\{%- endmacro %\}", re.DOTALL)
"""dbt's ``return`` hands out a value from a macro, which plain Jinja cannot; a function with its expression takes the
place of such a macro."""


@dataclass(frozen=True)
class Node:
    """A model as it renders for one world and year.

    Args:
        sql: the SELECT, with ephemeral models inlined.
        materialized: ``view``, ``table``, ``incremental`` or ``ephemeral``.
        first_year_only: is left alone in later years.
        sliced: may be built for some people at a time.
        parents: the models that it reads.
    """

    name: str
    sql: str
    materialized: str
    first_year_only: bool
    sliced: bool
    parents: frozenset[str]


@dataclass
class Project:
    """The text of the dbt project, by path relative to it."""

    texts: dict[str, str]
    _templates: dict[str, jinja2.Template] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Project:
        """All macros (materializations are dbt's own language and stay out) and models."""
        paths = [*sorted((folder / "macros").glob("*.sql")), *sorted((folder / "models").rglob("*.sql"))]
        return cls({path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths})

    def models(self) -> dict[str, str]:
        """Path of each model by name."""
        return {Path(path).stem: path for path in self.texts if path.startswith("models/")}

    def changed(self, path: str, text: str) -> Project:
        """The project with another text in one file; what was compiled of the others is taken over."""
        compiled = "macros" if path.startswith("macros/") else path
        templates = {name: template for name, template in self._templates.items() if name != compiled}
        return Project({**self.texts, path: text}, templates)

    def render(self, variables: Mapping[str, Any]) -> dict[str, Node]:
        """All models of a year, in the order of building; ephemeral ones are part of others and only for reading.

        Raises:
            jinja2.TemplateError: a text is no template.
        """
        return dict(_Rendering(self, variables).nodes())

    def template(self, path: str) -> jinja2.Template:
        """The compiled template of a model, or of all macros together (``macros``)."""
        if path not in self._templates:
            text = self.texts[path] if path != "macros" else self._macros()
            self._templates[path] = _ENVIRONMENT.from_string(text)
        return self._templates[path]

    def _macros(self) -> str:
        return _VALUE_MACRO.sub("", self._text_of_macros())

    def _text_of_macros(self) -> str:
        return "\n".join(text for path, text in self.texts.items() if path.startswith("macros/"))

    def values(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """What the macros return that hand out a value, by name."""
        found = dict(_VALUE_MACRO.findall(self._text_of_macros()))
        return {name: _ENVIRONMENT.compile_expression(text)(var=variables.get) for name, text in found.items()}


_ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)


def _itself(value: Any) -> Any:
    return value


class _Rendering:
    """One project with one set of variables."""

    def __init__(self, project: Project, variables: Mapping[str, Any]) -> None:
        self._project = project
        self._paths = project.models()
        self._rendered: dict[str, Node] = {}
        self._settings: dict[str, Any] = {}
        self._parents: set[str] = set()
        context = {
            "var": lambda name, default=None: variables.get(name, default),
            "ref": self._ref,
            "source": lambda _, name: name,
            "config": self._configure,
            **{name: partial(_itself, value) for name, value in project.values(variables).items()},
        }
        macros = project.template("macros").make_module(context)
        exported = {name: value for name, value in vars(macros).items() if not name.startswith("_")}
        self._context = {**exported, **context}

    def nodes(self) -> Iterator[tuple[str, Node]]:
        for name in self._paths:
            self._node(name)
        order = TopologicalSorter({name: node.parents for name, node in self._rendered.items()})
        for name in order.static_order():
            if name in self._rendered:
                yield name, self._rendered[name]

    def _node(self, name: str) -> Node:
        if name not in self._rendered:
            outer = self._settings, self._parents
            self._settings, self._parents = {}, set()
            sql = self._project.template(self._paths[name]).render(self._context).strip()
            materialized = self._settings.get("materialized", "view")
            first_year_only = bool(self._settings.get("first_year_only"))
            sliced = "sliced_over" in self._settings
            self._rendered[name] = Node(name, sql, materialized, first_year_only, sliced, frozenset(self._parents))
            self._settings, self._parents = outer
        return self._rendered[name]

    def _ref(self, name: str) -> str:
        if name not in self._paths:
            return name
        settings, parents = self._settings, self._parents
        node = self._node(name)
        self._settings, self._parents = settings, parents
        if node.materialized == "ephemeral":
            self._parents |= node.parents
            return f"(\n{node.sql}\n)"
        self._parents.add(name)
        return name

    def _configure(self, **settings: Any) -> str:
        self._settings.update(settings)
        return ""
