"""What models and macros may use of dbt's Jinja in a run, and how they are told that something is missing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.errors import ModelError, RunLockedError
from planalign_orchestrator.model_templates import with_ephemeral
from planalign_orchestrator.stages import Stage
from planalign_orchestrator.warehouse import DatabaseLimits
from tests.dbt_project.project import copy_project
from tests.engine import DATABASE, rows_of

ENDLESS = "select sum(sin(i)) as found from range(1000000000000) as r(i)"
PROBING = Stage("PROBE", "probe", "probe", "build", "tries a model of somebody's own")

pytestmark = pytest.mark.slow


class Own:
    """A project with a model ``probe`` of somebody's own."""

    def __init__(self, folder: Path, model: str, **files: str) -> None:
        self.project = copy_project(folder)
        (self.project / "models" / "probe.sql").write_text(model, encoding="utf-8")
        for name, text in files.items():
            path = self.project.joinpath(*name.split("__")).with_suffix(".sql")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.database = folder / DATABASE
        self.work = folder / "work"
        self.limits = DatabaseLimits("300MiB", 1, folder / "spill", "1GiB")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the project."""
        path = self.project / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def build(self, **variables: Any) -> list[dict[str, Any]]:
        """The rows of the model."""
        runner = DbtRunner(self.project, self.database, self.limits, self.work, self.work)
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


def test_a_macro_that_calls_itself_gets_the_value_and_not_the_innermost_one(tmp_path: Path) -> None:
    macro = "{% macro factorial(n) %}{{ return(1 if n < 2 else n * factorial(n - 1)) }}{% endmacro %}"
    (row,) = Own(tmp_path, "select {{ factorial(5) }} as found", macros__factorial=macro).build()
    assert row["found"] == 120


def test_a_macro_may_stand_behind_the_name_of_the_project_and_a_variant_be_the_only_one(tmp_path: Path) -> None:
    macro = (
        "{% macro default__half(x) %}{{ x / 2 }}{% endmacro %}"
        "{% macro half(x) %}{{ return(adapter.dispatch(macro_name='half')(x)) }}{% endmacro %}"
    )
    model = """{% for n in range(9) %}{% if n == 3 %}{% break %}{% endif %}
        select {{ planalign_engine.half(n * 2) }} as found {{ 'union all' if n < 2 }} {% endfor %}"""
    rows = Own(tmp_path, model, macros__half=macro).build()
    assert sorted(row["found"] for row in rows) == [0, 1, 2]


def test_a_materialization_for_all_databases_is_found(tmp_path: Path) -> None:
    materialization = """{% materialization of_mine, default %}
        {% call statement('main') %} create or replace table probe as ({{ sql }}) {% endcall %}
        {{ adapter.commit() }}{{ return({'relations': [this]}) }}{% endmaterialization %}"""
    own = Own(tmp_path, "{{ config(materialized='of_mine') }} select 7 as found", macros__of_mine=materialization)
    assert own.build() == [{"found": 7}]


def test_variables_are_what_dbt_reads_in_the_first_run_and_in_the_next(tmp_path: Path) -> None:
    written = """vars:
  later: {z: 1, a: 2, 3: three}
  answer: no
  octal: 010
  of_day: 12:30
  since: 2025-01-31
"""
    model = """select '{{ var('later').keys() | join(',') }} {{ var('later')[3] }} {{ var('answer') }}
        {{- ' ' ~ var('octal') }} {{ var('of_day') }} {{ var('since').year }} {{ var('since') }}' as found"""
    own = Own(tmp_path, model)
    own.replace("dbt_project.yml", "vars:\n", written)
    first, second = own.build(), own.build()
    assert first == second == [{"found": "z,a,3 three False 8 750 2025 2025-01-31"}]


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
        ("{% if execute %}{{ adapter.get_relation('a', 'b', 'c') }}{% endif %}", "models/probe.sql: `adapter.get_rel"),
        ("{% if var.has_var('x') %}select 1{% endif %}", "models/probe.sql: `var.has_var` is not offered"),
        ("{{ exceptions.warn('careful') }} select 1", "models/probe.sql: `exceptions.warn` is not offered"),
        ("select '{{ target.name }}'", "models/probe.sql: `target.name` is not offered"),
        ("select '{{ target.get('name') }}'", "target.name is not offered"),
        ("select '{{ target['profile_name'] }}'", "target.profile_name is not offered"),
        ("{{ config(enabled=var('plan') is mapping) }} select 1", "models/probe.sql: its config asks for a variable"),
        ("{{ config(schema='mine') }} select 1", r"models/probe.sql: it has a place of its own, simulation.main_mine;"),
        ("{% set name = 'dateadd' %}select {{ adapter.dispatch(name)() }}", "probe.sql: `adapter.dispatch` wants the"),
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


def test_a_template_that_fails_leaves_no_sql_of_the_year_before(tmp_path: Path) -> None:
    own = Own(tmp_path, "select {{ 1 / var('divisor', 1) }} as one")
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work)
    runner.build(PROBING, {"inputs_are_loaded": True, "divisor": 1})
    with pytest.raises(ModelError, match="model probe failed: division by zero"):
        runner.build(PROBING, {"inputs_are_loaded": True, "divisor": 0})
    assert not list(own.work.rglob("probe.sql"))


def test_a_database_that_is_open_elsewhere_is_named(tmp_path: Path) -> None:
    own = Own(tmp_path, "select 1 as one")
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work)
    hold = f"import duckdb, sys; c = duckdb.connect({str(own.database)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=PIPE, stdout=PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        with pytest.raises(RunLockedError, match=rf"simulation\.duckdb is open in .*{holder.pid}"):
            runner.build(PROBING, {"inputs_are_loaded": True})
        holder.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one thread")
def test_ctrl_c_stops_the_statements_of_all_threads(tmp_path: Path) -> None:
    own = Own(tmp_path, ENDLESS, models__probe__other=ENDLESS)
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work, threads=2)
    both_run = threading.Barrier(2)

    def press_ctrl_c_when_both_run(name: str, state: str) -> None:
        if state == "started" and both_run.wait() == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        runner.build(PROBING, {"inputs_are_loaded": True}, press_ctrl_c_when_both_run)
    assert not runner.is_open


def test_a_law_below_a_column_is_refused(tmp_path: Path) -> None:
    own = Own(tmp_path, "select 1 as one")
    (own.project / "models" / "probe.yml").write_text(
        "models: [{name: probe, columns: [{name: one, data_tests: [{unique: {config: {tags: [law]}}}]}]}]",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"models/probe.yml: unique_probe_one has the tag `law`"):
        own.build()


def test_a_snapshot_is_refused_where_it_is_read(tmp_path: Path) -> None:
    own = Own(tmp_path, "select * from {{ ref('kept') }}")
    (own.project / "snapshots").mkdir()
    (own.project / "snapshots" / "kept.yml").write_text(
        "snapshots: [{name: kept, relation: ref('stg_census'), config: {unique_key: employee_id, strategy: check,"
        " check_cols: all}}]",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"models/probe.sql: it reads snapshot.planalign_engine.kept, which a run"):
        own.build()


def test_a_model_in_python_is_refused(tmp_path: Path) -> None:
    own = Own(tmp_path, "select 1 as one")
    (own.project / "models" / "probe.sql").unlink()
    (own.project / "models" / "probe.py").write_text("def model(dbt, session):\n    return None\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"models/probe.py: a run builds models that are written in SQL"):
        own.build()


def test_a_folder_further_down_belongs_to_no_other_stage(tmp_path: Path) -> None:
    own = Own(tmp_path, "select 1 as one", models__elsewhere__probe__deeper="select nothing_of_this_name")
    assert own.build() == [{"one": 1}]


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
            "/* a\nheader */ with a as (select 1) from a",
            "/* a\nheader */ with __dbt__cte__e as (\nselect 2\n), a as (select 1) from a",
        ),
        (
            "with recursive a as (select 1) from a",
            "with recursive __dbt__cte__e as (\nselect 2\n), a as (select 1) from a",
        ),
    ],
)
def test_ephemeral_models_come_before_a_models_own_expressions(sql: str, whole: str) -> None:
    assert " ".join(with_ephemeral(sql, {"e": "select 2"}).split()) == " ".join(whole.split())
    assert with_ephemeral(sql, {}) == sql
