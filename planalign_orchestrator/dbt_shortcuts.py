"""What dbt does around a model and a run of ours has no use for, left out while a stage is built.

Together they cost as much as the SQL of a small model, a hundred and forty times in five years. Each stands alone: take
one away and the results are the same, later. Like ``dbt_session`` this relies on internals of a pinned version.

Importing this module imports dbt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import dbt.compilation
from dbt.task.run import ModelRunner
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

_WITH = re.compile(r"(?:\s|--[^\n]*\n)*with\s(?!\s*recursive\b)", re.IGNORECASE)


@contextmanager
def no_events() -> Iterator[None]:
    """Neither make nor tell events: they are for dbt's command line, and the stages are followed from the session."""
    before = get_event_manager()
    ctx_set_event_manager(_Silence())
    try:
        with _instead(BaseEvent, "__init__", _take_no_notice):
            yield
    finally:
        ctx_set_event_manager(before)


@contextmanager
def files_known_to_be_valid() -> Iterator[None]:
    """Do not check profile and project file against their schemas: dbt did so when it parsed the same files."""
    with _instead(dbtClassMixin, "validate", classmethod(lambda cls, data: None)):
        yield


@contextmanager
def ctes_put_in_front() -> Iterator[None]:
    """Put ephemeral models in front of a model's own CTEs without taking its SQL to pieces first."""
    with _instead(dbt.compilation, "inject_ctes_into_sql", _with_ctes_in_front):
        yield


@contextmanager
def tables_of_one_make() -> Iterator[None]:
    """Hand out one empty table for all statements without a result, and look for types in one way for all others."""
    with (
        _instead(agate_helper, "empty_table", lambda: _NO_RESULT),
        _instead(agate_helper, "build_type_tester", lambda names, string_null_values: _type_tester(frozenset(names))),
    ):
        yield


@contextmanager
def flags_of_no_author() -> Iterator[None]:
    """Do not read the source of everything that is being called to find out who asks for an adapter's options."""
    with _instead(BehaviorFlagRendered, "_default_source", staticmethod(lambda: "not looked for")):
        yield


class OneContextRunner(ModelRunner):  # type: ignore[misc]
    """dbt's runner of a model, in the context that the model's SQL was rendered in instead of one more of 150 names.

    The SQL of a model that succeeds is not written to a file.
    """

    def execute(self, model: Any, manifest: Any) -> Any:
        """Run the materialization of a compiled model."""
        context = self.compiler.contexts[model.unique_id]
        code = model.compiled_code
        context.update(sql=code, compiled_code=code, pre_hooks=[], post_hooks=[], write=lambda payload: "")
        macro = manifest.find_materialization_macro_by_name(
            self.config.project_name, model.get_materialization(), self.adapter.type()
        )
        hook = self.adapter.pre_model_hook(context["config"])
        return self._execute_model(hook, context["config"], model, context, macro)


@contextmanager
def _instead(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give an attribute another value for a while."""
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


class _Silence(EventManager):  # type: ignore[misc]
    def fire_event(self, *arguments: Any, **options: Any) -> None:
        """Tell nobody."""


def _take_no_notice(event: Any, *arguments: Any, **options: Any) -> None:
    """Instead of the making of an event, which converts its arguments to a protocol buffer."""


_NO_RESULT = agate_helper.empty_table()
_dbt_builds_a_type_tester = agate_helper.build_type_tester


@cache
def _type_tester(text_columns: frozenset[str]) -> Any:
    return _dbt_builds_a_type_tester(text_columns, string_null_values=())


_dbt_looks_for_the_place = dbt.compilation.inject_ctes_into_sql


def _with_ctes_in_front(sql: str, ctes: list[Any]) -> str:
    begin = _WITH.match(sql)
    if begin is None or not ctes:
        return _dbt_looks_for_the_place(sql, ctes)  # type: ignore[no-any-return]
    return f"{begin[0]}{', '.join(cte.sql for cte in ctes)}, {sql[begin.end() :]}"
