"""Which macros a project calls, and whether a run offers all that its files ask for.

Everything is looked at before anything is built, so that a project which needs more of dbt is refused with the file's
name and not in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NoReturn

import jinja2
import jinja2.meta
from jinja2 import nodes

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model_plan import DATABASES, OFFERED, ModelPlan
from planalign_orchestrator.model_templates import PACKAGES, Templates

_IN_EVERY_TEMPLATE = frozenset({"caller", "varargs", "kwargs"})

PARTS = {
    "adapter": ("commit", "dispatch"),
    "config": ("get", "require"),
    "exceptions": ("raise_compiler_error",),
    "target": ("database", "get", "schema", "threads", "type"),
    "var": (),
}
"""What is offered of a name that has parts."""


def with_macros_in_use(plan: ModelPlan) -> ModelPlan:
    """The plan with the macros that are called; dbt brings five hundred along.

    Raises:
        ModelError: a file asks for something that a run does not offer.
    """
    environment = Templates(plan).environment
    kept: dict[str, str] = {}
    left = [(node.path, node.code) for node in plan.nodes.values() if node.kind != "seed"]
    built = [node.materializations for node in plan.of_kind("model").values()]
    names = {name for variants in built for name in _first(variants, plan)}
    while left or names:
        for place, text in left:
            names |= _Asked(plan, environment, place, text).macros()
        left = [(f"macro {name}", plan.macros[name]) for name in sorted(names - kept.keys())]
        kept |= {name: plan.macros[name] for name in names}
        names = set()
    return replace(plan, macros=kept)


class _Asked:
    """What one file or macro asks for."""

    def __init__(self, plan: ModelPlan, environment: jinja2.Environment, place: str, text: str) -> None:
        self._plan, self._environment, self._place = plan, environment, place
        self._template = environment.parse(text)
        own = {name.name for name in self._template.find_all(nodes.Name) if name.ctx != "load"}
        self._names = jinja2.meta.find_undeclared_variables(self._template) - own

    def macros(self) -> set[str]:
        """The macros that it calls: by name, with the name of their package, or as a variant for a database."""
        plan = self._plan
        offered = {*self._environment.globals, *_IN_EVERY_TEMPLATE, *PACKAGES, *OFFERED, plan.project}
        self._look_at_parts()
        self._look_at_settings()
        called = {*self._names, *self._of_packages()}
        if unknown := sorted(called - offered - plan.macros.keys()):
            self._refuse(f"`{unknown[0]}` is not offered to the models of a run")
        return (called & plan.macros.keys()) | set(self._variants())

    def _of_packages(self) -> Iterator[str]:
        packages = {*PACKAGES, self._plan.project} & self._names
        return (part.attr for part in self._parts() if _name(part.node) in packages)

    def _look_at_parts(self) -> None:
        for part in self._parts():
            name = _name(part.node)
            if name in self._names and name in PARTS and part.attr not in PARTS[name]:
                self._refuse(f"`{name}.{part.attr}` is not offered to the models of a run")

    def _look_at_settings(self) -> None:
        """A model's settings are those of the parsing, and variables of a run are not known then."""
        for call in self._template.find_all(nodes.Call):
            if _name(call.node) == "config" and any(_name(inner.node) == "var" for inner in call.find_all(nodes.Call)):
                self._refuse("its config asks for a variable, and what is settled there holds for all runs")

    def _variants(self) -> Iterator[str]:
        for call in self._template.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Getattr) or call.node.attr != "dispatch":
                continue
            given = [*call.args[:1], *(option.value for option in call.kwargs if option.key == "macro_name")]
            if not given or not isinstance(given[0], nodes.Const):
                self._refuse("`adapter.dispatch` wants the name of a macro as text")
            found = _first([f"{database}__{given[0].value}" for database in DATABASES], self._plan)
            if not found:
                self._refuse(f"there is no macro {given[0].value} for DuckDB")
            yield from found

    def _parts(self) -> Iterator[nodes.Getattr]:
        return self._template.find_all(nodes.Getattr)

    def _refuse(self, words: str) -> NoReturn:
        raise ModelError(
            f"{self._place}: {words}",
            remedy="Do without it; docs/architecture.md lists what there is. dbt by hand offers all of dbt.",
        )


def _first(names: Iterable[str], plan: ModelPlan) -> list[str]:
    return [name for name in names if name in plan.macros][:1]


def _name(node: nodes.Node) -> str | None:
    return node.name if isinstance(node, nodes.Name) else None
