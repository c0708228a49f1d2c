"""Which macros a project calls, and whether a run offers all that its files ask for.

Everything is looked at before anything is built, so that a project which needs more of dbt is refused with the file's
name and not in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import jinja2
import jinja2.meta
from jinja2 import nodes

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model_plan import OFFERED, PACKAGES, ModelPlan
from planalign_orchestrator.model_templates import Templates

_IN_EVERY_TEMPLATE = frozenset({"caller", "varargs", "kwargs"})

PARTS = {
    "adapter": ("commit", "dispatch"),
    "config": ("get", "require"),
    "exceptions": ("raise_compiler_error",),
    "graph": ("nodes",),
    "model": (
        "get",
        "alias",
        "config",
        "database",
        "name",
        "original_file_path",
        "raw_code",
        "resource_type",
        "root_path",
        "schema",
    ),
    "target": ("database", "get", "schema", "threads", "type"),
    "this": ("database", "identifier", "incorporate", "name", "schema", "table"),
    "var": (),
}
"""What is offered of a name that has parts."""

_TEXTS = ("ref", "source")
"""What these hand out has no parts."""


def with_macros_in_use(plan: ModelPlan) -> ModelPlan:
    """The plan with the macros that are called; dbt brings five hundred along.

    Raises:
        ModelError: a file asks for something that a run does not offer.
    """
    environment = Templates(plan).environment
    kept: dict[str, str] = {}
    texts = [(node.path, node.code) for node in plan.nodes.values() if node.kind != "seed"]
    builders = map(plan.materialization, plan.of_kind("model").values())
    called_by = {name: "a materialization" for name in builders if name is not None}
    while texts or called_by:
        for place, text in texts:
            called_by |= dict.fromkeys(_Asked(plan, environment, place, text).macros(), place)
        new = sorted((name, place) for name, place in called_by.items() if name not in kept)
        texts = [(f"{place}, macro {name}", plan.macros[name]) for name, place in new]
        kept |= {name: plan.macros[name] for name, _ in new}
        called_by = {}
    return replace(plan, macros=kept)


class _Asked:
    """What one file or macro asks for."""

    def __init__(self, plan: ModelPlan, environment: jinja2.Environment, place: str, text: str) -> None:
        self._plan, self._environment, self._place = plan, environment, place
        try:
            self._template = environment.parse(text)
        except jinja2.TemplateSyntaxError as error:
            raise ModelError(
                f"{place}: a run cannot read it: {error.message}", remedy=f"Mend line {error.lineno} of its Jinja."
            ) from error
        names = list(self._template.find_all(nodes.Name))
        self._own = {name.name for name in names if name.ctx != "load"}
        # Jinja's own are left out there, and a macro of the project goes before one of them.
        self._names = jinja2.meta.find_undeclared_variables(self._template)
        self._names |= {name.name for name in names} & environment.globals.keys()

    def macros(self) -> set[str]:
        """The macros that it calls: by name, with the name of their package, or as a variant for a database."""
        plan = self._plan
        offered = {*self._environment.globals, *_IN_EVERY_TEMPLATE, *PACKAGES, *OFFERED, plan.project}
        self._look_at_parts()
        called = {name: plan.macro(name) for name in self._names}
        called |= {
            f"{package}.{name}": plan.macro(name, package)
            for package, name in self._of_packages()
            if package == plan.project or name not in OFFERED
        }
        if unknown := sorted(name for name, key in called.items() if key is None and name not in offered | self._own):
            self._refuse(f"`{unknown[0]}` is not offered to the models of a run")
        return {key for key in called.values() if key is not None} | set(self._variants())

    def _of_packages(self) -> Iterator[tuple[str, str]]:
        packages = {*PACKAGES, self._plan.project} & self._names
        for part in self._parts():
            if (package := _name(part.node)) in packages:
                yield str(package), part.attr

    def _look_at_parts(self) -> None:
        for part in self._parts():
            name = _name(part.node)
            if name in self._names - self._own and name in PARTS and part.attr not in PARTS[name]:
                self._refuse(f"`{name}.{part.attr}` is not offered to the models of a run")
            if isinstance(part.node, nodes.Call) and (called := _name(part.node.node)) in _TEXTS:
                self._refuse(f"`{called}(...).{part.attr}` is not offered to the models of a run")

    def _variants(self) -> Iterator[str]:
        for call in self._template.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Getattr) or call.node.attr != "dispatch":
                continue
            options = {option.key: option.value for option in call.kwargs}
            given = dict(zip(("macro_name", "macro_namespace"), call.args, strict=False)) | options
            name, package = (_text(given.get(option)) for option in ("macro_name", "macro_namespace"))
            if name is None or (package is None and not _is_none(given.get("macro_namespace"))):
                self._refuse("`adapter.dispatch` wants the names of a macro and its package as text")
            found = self._plan.variant(name, package)
            if found is None:
                self._refuse(f"there is no macro {name} for DuckDB")
            yield found

    def _parts(self) -> Iterator[nodes.Getattr]:
        return self._template.find_all(nodes.Getattr)

    def _refuse(self, words: str) -> NoReturn:
        raise ModelError(
            f"{self._place}: {words}",
            remedy="Do without it; docs/architecture.md lists what there is. dbt by hand offers all of dbt.",
        )


def _name(node: nodes.Node) -> str | None:
    return node.name if isinstance(node, nodes.Name) else None


def _text(node: nodes.Node | None) -> str | None:
    return str(node.value) if isinstance(node, nodes.Const) and node.value is not None else None


def _is_none(node: nodes.Node | None) -> bool:
    return node is None or (isinstance(node, nodes.Const) and node.value is None)
