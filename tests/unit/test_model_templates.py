"""What models and macros may use of dbt's Jinja in a run, and how they are told that something is missing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from planalign_orchestrator import model_session
from planalign_orchestrator.dbt_runner import DbtRunner
from planalign_orchestrator.errors import LawBrokenError, ModelError, RunLockedError
from planalign_orchestrator.model_templates import with_ephemeral
from tests.unit.own_model import PROBING, OwnModel

ENDLESS = "{{ config(materialized='table') }} select sum(sin(i)) as found from range(1000000000000) as r(i)"
DAY_AFTER = "dateadd('day', 1, \"date '2025-01-01'\")"

pytestmark = pytest.mark.slow


def test_macros_of_dbt_and_variants_for_duckdb_are_there(tmp_path: Path) -> None:
    model = """{{ config(materialized='table') }}
        {% if execute and not is_incremental() %}
        select {{ dbt.dateadd('day', 1, "date '2025-12-31'") }}::date as next_day, {{ twice(var('of')) }} as twice,
            {{ run_query('select 41')[0][0] + 1 }} as asked, '{{ this.identifier }}' as this, {{ log('x') }} 1 as one
        {% endif %}"""
    macro = "{% macro twice(x) %}{% if x %}{{ return(x * 2) }}{% endif %}none{% endmacro %}"
    rows = OwnModel(tmp_path, model, macros__twice=macro).build(of=4)
    assert [(str(row["next_day"]), row["twice"], row["asked"], row["this"]) for row in rows] == [
        ("2026-01-01", 8, 42, "probe")
    ]


def test_an_incremental_model_sees_whether_its_table_is_there(tmp_path: Path) -> None:
    model = """{{ config(materialized='incremental') }}
        select {{ var('simulation_year') }} as simulation_year, 'baseline' as scenario_id,
            'current_plan' as plan_design_id, {{ is_incremental() }} as again"""
    own = OwnModel(tmp_path, model)
    own.build(simulation_year=2025)
    assert {row["simulation_year"]: row["again"] for row in own.build(simulation_year=2026)} == {
        2025: False,
        2026: True,
    }


def test_a_macro_that_calls_itself_gets_the_value_and_not_the_innermost_one(tmp_path: Path) -> None:
    macro = "{% macro factorial(n) %}{{ return(1 if n < 2 else n * factorial(n - 1)) }}{% endmacro %}"
    (row,) = OwnModel(tmp_path, "select {{ factorial(5) }} as found", macros__factorial=macro).build()
    assert row["found"] == 120


def test_a_macro_may_stand_behind_the_name_of_the_project_and_a_variant_be_the_only_one(tmp_path: Path) -> None:
    macro = (
        "{% macro default__half(x) %}{{ x / 2 }}{% endmacro %}"
        "{% macro half(x) %}{{ return(adapter.dispatch(macro_name='half')(x)) }}{% endmacro %}"
    )
    model = """{% for n in range(9) %}{% if n == 3 %}{% break %}{% endif %}
        select {{ planalign_engine.half(n * 2) }} as found {{ 'union all' if n < 2 }} {% endfor %}"""
    rows = OwnModel(tmp_path, model, macros__half=macro).build()
    assert sorted(row["found"] for row in rows) == [0, 1, 2]


def test_a_materialization_for_all_databases_is_found(tmp_path: Path) -> None:
    materialization = """{% materialization of_mine, default %}
        {% call statement('main') %} create or replace table probe as ({{ sql }}) {% endcall %}
        {{ adapter.commit() }}{{ return({'relations': [this]}) }}{% endmaterialization %}"""
    own = OwnModel(tmp_path, "{{ config(materialized='of_mine') }} select 7 as found", macros__of_mine=materialization)
    assert own.build() == [{"found": 7}]


def test_variables_are_what_dbt_reads_in_the_first_run_and_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = """vars:
  later: {z: 1, a: 2, 3: three}
  answer: no
  octal: 010
  of_day: 12:30
  since: 2025-01-31
"""
    model = """select '{{ var('later').keys() | join(',') }} {{ var('later')[3] }} {{ var('answer') }}
        {{- ' ' ~ var('octal') }} {{ var('of_day') }} {{ var('since').year }} {{ var('since') }}' as found"""
    own = OwnModel(tmp_path, model)
    own.replace("dbt_project.yml", "vars:\n", written)
    first = own.build()
    monkeypatch.setattr(DbtRunner, "_parse", None)
    second = own.build()
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
        (
            "{{ config(schema='mine') }} select 1",
            r"models/probe.sql: it has a place of its own, simulation.main_mine",
        ),
        ("{{ config(alias='another') }} select 1", r"models/probe.sql: it has a place of its own, simulation.main.a"),
        ("select '{{ this.include(database=false) }}'", "models/probe.sql: `this.include` is not offered"),
        ("select '{{ model.get('unique_id') }}'", "model.unique_id is not offered"),
        (
            "{% if execute %}{% set r = run_query('select 1') %}{{ r.columns }}{% endif %}",
            r"run_query\(...\).columns is not offered",
        ),
        ("{% set of = 'dbt' %}{{ adapter.dispatch('dateadd', of)('day', 1, 'x') }}", "`adapter.dispatch` wants the"),
        ("select '{{ model.unique_id }}'", "models/probe.sql: `model.unique_id` is not offered"),
        ("select '{{ ref('levels').identifier }}'", r"models/probe.sql: `ref\(...\).identifier` is not offered"),
        ("select {{ dbt.type_string() }}", r"models/probe.sql, macro dbt.type_string, macro .*: `api` is not offered"),
        ("{% set name = 'dateadd' %}select {{ adapter.dispatch(name)() }}", "probe.sql: `adapter.dispatch` wants the"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, model: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        OwnModel(tmp_path, model).build()


@pytest.mark.parametrize(
    "config",
    [
        "{{ config(materialized=var('kind', 'view')) }}",
        "{% set kind = var('kind', 'view') %}{{ config({'materialized': kind}) }}",
        "{% if var('kind', 'view') == 'table' %}{{ config(materialized='table') }}{% endif %}",
    ],
)
def test_a_setting_that_would_be_another_in_this_run_is_refused(tmp_path: Path, config: str) -> None:
    own = OwnModel(tmp_path, f"{config} select 1 as one")
    assert own.build() == own.build(kind="view") == [{"one": 1}]
    with pytest.raises(
        ModelError, match=r"probe.sql: its config says materialized='table', and said ('view'|None) when"
    ):
        own.build(kind="table")


@pytest.mark.parametrize("setting", ["tags=[var('x', 'a')]", "meta={'k': var('x', 'a')}", "note=var('x', none)"])
def test_so_is_one_in_a_list_or_mapping_or_that_was_none(tmp_path: Path, setting: str) -> None:
    own = OwnModel(tmp_path, f"{{{{ config({setting}) }}}} select 1 as one")
    assert own.build() == [{"one": 1}]
    with pytest.raises(ModelError, match=r"probe.sql: its config says (tags|meta|note)=.*b.*, and said"):
        own.build(x="b")


def test_several_configs_count_as_dbt_counts_them(tmp_path: Path) -> None:
    model = """{{ usual() }}{{ config(materialized='view', tags='b') }}{{ config(materialized='table', meta={'c': 1}) }}
        select '{{ config.get('materialized') }} {{ config.get('tags') | join }}' as found"""
    usual = "{% macro usual() %}{{ config(tags=['a'], meta={'d': 2}) }}{% endmacro %}"
    law = "{{ config(tags=['law'], limit='1', severity='Error') }} select * from {{ ref('probe') }} where found is null"
    own = OwnModel(tmp_path, model, macros__usual=usual, tests__probed=law)
    assert own.build() == [{"found": "table ab"}]


def test_a_model_read_only_for_other_variables_is_named_with_the_way_out(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select * from {{ ref('levels') if var('x', 1) == 1 else ref('age_bands') }}")
    with pytest.raises(ModelError, match=r"ref\('age_bands'\) is not among") as caught:
        own.build(x=2)
    assert "-- depends_on: {{ ref('age_bands') }}" in str(caught.value.remedy)


def test_a_variable_that_holds_jinja_is_refused(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    own.replace("dbt_project.yml", "vars:\n", "vars:\n  computed: '{{ 1 + 1 }}'\n")
    with pytest.raises(ModelError, match=r"dbt_project.yml: the variable computed holds Jinja"):
        own.build()


@pytest.mark.parametrize(
    ("macros", "called", "found"),
    [
        ("{% macro range(n) %}{{ return([9]) }}{% endmacro %}", "range(3)[0]", 9),
        ("{% macro default__dateadd(a, b, c) %}7{% endmacro %}", "dateadd('day', 1, 'x')", 7),
        ("{% macro default__dateadd(a, b, c) %}7{% endmacro %}", "dbt.dateadd('day', 1, 'x')", 7),
        (
            "{% macro dateadd(a, b, c) %}({{ dbt.dateadd(a, b, c) }})::date - date '2025-01-01'{% endmacro %}",
            DAY_AFTER,
            1,
        ),
        (
            "{% macro five() %}{% if execute %}{{ dbt.run_query('select 5')[0][0] }}{% endif %}{% endmacro %}",
            "five()",
            5,
        ),
        ("{% macro half(x) %}{{ x // 2 }}{% endmacro %}", "half(8) }}{% set half = half(4) %} + {{ half", 6),
    ],
)
def test_of_macros_with_one_name_the_one_is_called_that_dbt_calls(
    tmp_path: Path, macros: str, called: str, found: object
) -> None:
    own = OwnModel(tmp_path, f"select {{{{ {called} }}}} as found", macros__own=macros)
    assert own.build() == [{"found": found}]


def test_another_order_of_dispatch_is_refused(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    own.replace("dbt_project.yml", "vars:\n", "dispatch: [{macro_namespace: dbt, search_order: [dbt]}]\nvars:\n")
    with pytest.raises(ModelError, match="`dispatch` is not offered to a run"):
        own.build()


def test_a_law_may_call_the_macro_of_a_test(tmp_path: Path) -> None:
    law = "{{ config(tags=['law']) }}{{ test_unique(ref('probe'), 'one') }}"
    assert OwnModel(tmp_path, "select 1 as one", tests__probed=law).build() == [{"one": 1}]
    with pytest.raises(LawBrokenError):
        OwnModel(tmp_path / "broken", "select 1 as one union all select 1", tests__probed=law).build()


def test_a_package_is_for_dbt_by_hand(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select {{ six() }} as found")
    package = own.project / "dbt_packages" / "theirs"
    (package / "macros").mkdir(parents=True)
    (package / "macros" / "six.sql").write_text("{% macro six() %}6{% endmacro %}", encoding="utf-8")
    (package / "dbt_project.yml").write_text("name: theirs\nversion: '1.0'\nconfig-version: 2\n", encoding="utf-8")
    (own.project / "packages.yml").write_text("packages: [{local: dbt_packages/theirs}]\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"six|theirs"):
        own.build()
    (own.project / "models" / "probe.sql").write_text("select 6 as found", encoding="utf-8")
    assert own.build() == [{"found": 6}]


def test_the_sql_of_a_failed_model_is_kept(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select nothing_of_this_name")
    with pytest.raises(ModelError, match=r"PROBE: model probe failed: .*nothing_of_this_name"):
        own.build()
    kept = next((tmp_path / "work" / "compiled").rglob("probe.sql"))
    assert kept.read_text(encoding="utf-8") == "select nothing_of_this_name"


def test_a_template_that_fails_leaves_no_sql_of_the_year_before(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select {{ 1 / var('divisor', 1) }} as one")
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work)
    runner.build(PROBING, {"inputs_are_loaded": True, "divisor": 1})
    with pytest.raises(ModelError, match="model probe failed: division by zero"):
        runner.build(PROBING, {"inputs_are_loaded": True, "divisor": 0})
    assert not list(own.work.rglob("probe.sql"))


def test_a_database_that_is_open_elsewhere_is_named(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work)
    hold = (
        f"import duckdb, os, sys; held = duckdb.connect({str(own.database)!r}); print(os.getpid(), flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdin=PIPE, stdout=PIPE, text=True) as holder:
        assert holder.stdout is not None
        with pytest.raises(RunLockedError, match=rf"simulation\.duckdb is open in .*{int(holder.stdout.readline())}"):
            runner.build(PROBING, {"inputs_are_loaded": True})
        holder.communicate()


@pytest.fixture
def hearing_ctrl_c() -> Iterator[None]:
    """As in a terminal: what a shell starts in the background is deaf to Ctrl-C, so the tests may be too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one thread")
def test_ctrl_c_stops_the_statements_of_all_threads(tmp_path: Path, hearing_ctrl_c: None) -> None:
    own = OwnModel(tmp_path, ENDLESS, models__probe__other=ENDLESS)
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work, threads=2)
    both_run = threading.Barrier(2)

    def press_ctrl_c_when_both_run(name: str, state: str) -> None:
        if state == "started" and both_run.wait(timeout=60) == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        runner.build(PROBING, {"inputs_are_loaded": True}, press_ctrl_c_when_both_run)
    assert not runner.is_open


def test_another_ctrl_c_while_statements_are_being_stopped_asks_for_the_same() -> None:
    stopped = threading.Event()
    pressed: list[str] = []

    class Cursor:
        def interrupt(self) -> None:
            pressed.append("interrupt")
            if len(pressed) == 1:
                raise KeyboardInterrupt
            if len(pressed) == 3:
                stopped.set()

    pool = ThreadPoolExecutor(1)
    node = pool.submit(stopped.wait, 60)
    model_session._stop(pool, {"a node": Cursor()})  # type: ignore[dict-item]
    assert node.done() and len(pressed) >= 3


@pytest.mark.parametrize("last", [1, 2])
def test_ctrl_c_while_a_statement_is_being_begun_stops_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    own = OwnModel(tmp_path, ENDLESS, models__probe__other=ENDLESS)
    runner = DbtRunner(own.project, own.database, own.limits, own.work, own.work, threads=2)
    begun = []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *arguments: Any, **named: Any) -> Any:
            begun.append(super().submit(*arguments, **named))
            if len(begun) == last:
                raise KeyboardInterrupt  # after it has begun, and before anybody has noted that
            return begun[-1]

    monkeypatch.setattr(model_session, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.build(PROBING, {"inputs_are_loaded": True})
    assert all(node.done() for node in begun)


def test_a_law_below_a_column_is_refused(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    (own.project / "models" / "probe.yml").write_text(
        "models: [{name: probe, columns: [{name: one, data_tests: [{unique: {config: {tags: [law]}}}]}]}]",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"models/probe.yml: unique_probe_one has the tag `law`"):
        own.build()


def test_a_snapshot_is_refused_where_it_is_read(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select * from {{ ref('kept') }}")
    (own.project / "snapshots").mkdir()
    (own.project / "snapshots" / "kept.yml").write_text(
        "snapshots: [{name: kept, relation: ref('stg_census'), config: {unique_key: employee_id, strategy: check,"
        " check_cols: all}}]",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"models/probe.sql: it reads snapshot.planalign_engine.kept, which a run"):
        own.build()


def test_a_model_in_python_is_refused(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
    (own.project / "models" / "probe.sql").unlink()
    (own.project / "models" / "probe.py").write_text("def model(dbt, session):\n    return None\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"models/probe.py: a run builds models that are written in SQL"):
        own.build()


def test_a_folder_further_down_belongs_to_no_other_stage(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one", models__elsewhere__probe__deeper="select nothing_of_this_name")
    assert own.build() == [{"one": 1}]


def test_a_hook_for_the_end_is_refused(tmp_path: Path) -> None:
    own = OwnModel(tmp_path, "select 1 as one")
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
            "/* a */ select b from (\n/* in */ with a as (select 1) from a)",
            "with __dbt__cte__e as (\nselect 2\n)\n/* a */ select b from (\n/* in */ with a as (select 1) from a)",
        ),
        (
            "/* a */\n" * 99 + "select 1",
            "with __dbt__cte__e as (\nselect 2\n)\n" + "/* a */\n" * 99 + "select 1",
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
