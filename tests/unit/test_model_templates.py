"""What models and macros may use of dbt's Jinja in a run, and how they are told that something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model_templates import with_ephemeral
from planalign_orchestrator.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project
from tests.engine import DATABASE, rows_of

PROBING = Stage("PROBE", "probe", "probe", "build", "tries a model of somebody's own")

pytestmark = pytest.mark.slow


class Own:
    """A project with a model ``probe`` of somebody's own."""

    def __init__(self, folder: Path, model: str, **files: str) -> None:
        self.project = copy_project(folder)
        (self.project / "models" / "probe.sql").write_text(model, encoding="utf-8")
        for name, text in files.items():
            path = self.project.joinpath(*name.split("__")).with_suffix(".sql")
            path.write_text(text, encoding="utf-8")
        self.database = folder / DATABASE
        self._work = folder / "work"
        self._limits = DatabaseLimits("300MiB", 1, folder / "spill", "1GiB")

    def build(self, **variables: Any) -> list[dict[str, Any]]:
        """The rows of the model."""
        runner = DbtRunner(self.project, self.database, self._limits, self._work, self._work)
        try:
            runner.build(PROBING, {"inputs_are_loaded": True, **variables})
        finally:
            runner.close()
        return rows_of(self.database, "from probe")


def test_macros_of_dbt_and_variants_for_duckdb_are_there(tmp_path: Path) -> None:
    model = """{{ config(materialized='table') }}
        {% if execute and not is_incremental() %}
        select {{ dbt.dateadd('day', 1, "date '2025-12-31'") }}::date as next_day, {{ twice(var('of')) }} as twice,
            {{ run_query('select 41')[0][0] + 1 }} as asked, '{{ this.identifier }}' as this, {{ log('x') }} 1 as one
        {% endif %}"""
    macro = "{% macro twice(x) %}{% if x %}{{ return(x * 2) }}{% endif %}none{% endmacro %}"
    rows = Own(tmp_path, model, macros__twice=macro).build(of=4)
    assert [(str(row["next_day"]), row["twice"], row["asked"], row["this"]) for row in rows] == [
        ("2026-01-01", 8, 42, "probe")
    ]


def test_an_incremental_model_sees_whether_its_table_is_there(tmp_path: Path) -> None:
    model = """{{ config(materialized='incremental') }}
        select {{ var('simulation_year') }} as simulation_year, 'baseline' as scenario_id,
            'current_plan' as plan_design_id, {{ is_incremental() }} as again"""
    own = Own(tmp_path, model)
    own.build(simulation_year=2025)
    assert {row["simulation_year"]: row["again"] for row in own.build(simulation_year=2026)} == {
        2025: False,
        2026: True,
    }


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("select {{ modules.datetime.date.today().year }}", "models/probe.sql: `modules` is not offered"),
        ("select {{ 1", r"\(models/probe.sql\)\n  unexpected end of template"),
        ("{{ config(materialized='snapshot_of_mine') }} select 1", "no materialization snapshot_of_mine"),
        ("select {{ var('nobody_has_set_this') }}", r"models/probe.sql: var\('nobody_has_set_this'\) has no value"),
        (
            "{% if execute %}{{ exceptions.raise_compiler_error('only for leap years') }}{% endif %}",
            "models/probe.sql: only for leap years",
        ),
        ("select {{ env_var('NOT_SET_ANYWHERE') }}", "NOT_SET_ANYWHERE"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, model: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Own(tmp_path, model).build()


def test_the_sql_of_a_failed_model_is_kept(tmp_path: Path) -> None:
    own = Own(tmp_path, "select nothing_of_this_name")
    with pytest.raises(ModelError, match=r"PROBE: model probe failed: .*nothing_of_this_name"):
        own.build()
    kept = next((tmp_path / "work" / "compiled").rglob("probe.sql"))
    assert kept.read_text(encoding="utf-8") == "select nothing_of_this_name"


def test_a_hook_for_the_end_is_refused(tmp_path: Path) -> None:
    own = Own(tmp_path, "select 1 as one")
    description = own.project / "dbt_project.yml"
    description.write_text(description.read_text(encoding="utf-8") + "\non-run-end: ['select 1']\n", encoding="utf-8")
    with pytest.raises(ModelError, match="on-run-end"):
        own.build()


@pytest.mark.parametrize(
    ("sql", "whole"),
    [
        ("select 1", "with __dbt__cte__e as (\nselect 2\n)\nselect 1"),
        ("-- why\nwith a as (select 1) from a", "-- why\nwith __dbt__cte__e as (\nselect 2\n), a as (select 1) from a"),
        (
            "with recursive a as (select 1) from a",
            "with recursive __dbt__cte__e as (\nselect 2\n), a as (select 1) from a",
        ),
    ],
)
def test_ephemeral_models_come_before_a_models_own_expressions(sql: str, whole: str) -> None:
    assert " ".join(with_ephemeral(sql, {"e": "select 2"}).split()) == " ".join(whole.split())
    assert with_ephemeral(sql, {}) == sql
