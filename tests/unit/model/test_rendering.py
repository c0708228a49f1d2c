"""What models and macros may use, what SQL comes of it, and how a file that asks for more is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.errors import ModelError
from planalign_orchestrator.model.project import Model, Project, Renderer, with_parts
from planalign_orchestrator.resources import dbt_project_dir

SOURCES = {("state", "past"): {"pay": "integer"}}


def rendered(model: str, *, variables: dict[str, object] | None = None, **texts: str) -> Model:
    """A model in ``models/probe/probe.sql`` among other texts, by path with ``__`` for slashes."""
    others = {f"{name.replace('__', '/')}.sql": text for name, text in texts.items()}
    project = Project({"models/probe/probe.sql": model, **others}, {"of": 1}, {"levels": {}}, SOURCES)
    return Renderer(project).render(variables or {})["probe"]


def test_a_model_reads_models_seeds_and_sources(tmp_path: Path) -> None:
    found = rendered(
        "select * from {{ ref('other') }} join {{ ref('levels') }} join {{ source('state', 'past') }}",
        models__other="select 1",
    )
    assert found.sql == 'select * from "main"."other" join "main"."levels" join "main"."past"'
    assert found.reads == {"other", "levels"}


def test_a_variable_has_the_value_of_the_run_or_the_default_of_the_project_or_of_the_call() -> None:
    model = "{{ var('of') }} {{ var('of', 3) }} {{ var('unheard_of', 3) }} {{ var('unheard_of', none) }}"
    assert rendered(model).sql == "1 1 3 None"
    assert rendered(model, variables={"of": 2, "unheard_of": 4}).sql == "2 2 4 4"


def test_config_says_how_a_model_is_built_and_leaves_no_text() -> None:
    call = "{{ config(materialized='table', sliced_over='people', tags=['x'], unique_key=['a']) }}"
    found = rendered(f"{call}{{{{ config(first_year_only=true) }}}}select {{{{ this }}}}")
    assert found.sql == 'select "main"."probe"'
    config = found.config
    assert (config.materialized, config.sliced_over, config.first_year_only) == ("table", "people", True)
    assert rendered("select 1").config.materialized == "view"


def test_macros_call_each_other_across_files_and_hand_out_values() -> None:
    macros = {
        "macros__a": "{% macro twice(x) %}{{ return(2 * half(4 * x)) }}{% endmacro %}",
        "macros__b": "{% macro half(x) %}lost{{ return(x // 2) }}{% endmacro %}"
        "{% macro factorial(n) %}{{ return(1 if n < 2 else n * factorial(n - 1)) }}{% endmacro %}"
        "{% macro of(table='levels') -%} from {{ ref(table) }} {%- endmacro %}",
    }
    found = rendered("{{ twice(var('of')) + 1 }} {{ factorial(5) }}{{ of() }}", **macros)
    assert found.sql == '5 120from "main"."levels"'
    assert found.reads == {"levels"}


def test_an_ephemeral_model_is_a_part_of_those_that_read_it() -> None:
    found = rendered(
        "select * from {{ ref('part') }}",
        models__part="{{ config(materialized='ephemeral') }}select * from {{ ref('inner') }}",
        models__inner="{{ config(materialized='ephemeral') }}select * from {{ ref('table') }}",
        models__table="{{ config(materialized='table') }}select 1",
    )
    assert " ".join(found.sql.split()) == (
        'with __dbt__cte__inner as ( select * from "main"."table" ), '
        "__dbt__cte__part as ( select * from __dbt__cte__inner ) select * from __dbt__cte__part"
    )
    assert found.reads == {"table"} and list(found.parts) == ["inner", "part"]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("select\n{{ modules.datetime }}", r"probe.sql: its template fails: 'modules' is undefined"),
        ("{{ run_query('select 1') }}", "probe.sql: its template fails: 'run_query' is undefined"),
        ("select {{ config.get('materialized') }}", "probe.sql: its template fails: .*get"),
        ("select\n{{ 1", r"probe.sql:2: unexpected end of template"),
        ("select {{ 1 | as_number }}", "probe.sql:1: No filter named 'as_number'"),
        ("{{ config(materialized='snapshot') }}", r"probe.sql: config\(materialized='snapshot'\): there are table, "),
        ("{{ config(schema='mine') }}", r"probe.sql: config\(schema=...\) is not offered"),
        ("{{ var('not_set') }}", r"probe.sql: var\('not_set'\) has no value"),
        ("{{ var('not_set', {}).part }}", "probe.sql: its template fails: .*part"),
        ("{{ ref('nothing') }}", r"probe.sql: ref\('nothing'\): there is no such model"),
        ("{{ source('state', 'nothing') }}", r"probe.sql: source\('state', 'nothing'\) is not declared"),
        ("{{ 1 / 0 }}", "probe.sql: its template fails: division by zero"),
        ("{{ ().__class__.__bases__ }}", "probe.sql: its template fails: .*unsafe"),
        ("{{ ref('probe') }}", "in a circle: probe -> probe"),
    ],
)
def test_what_is_missing_or_wrong_is_named(model: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        rendered(model)


def test_so_it_is_in_a_macro_and_in_a_model_that_another_reads() -> None:
    with pytest.raises(ModelError, match=r"probe\.sql: its template fails: 'env_var' is undefined"):
        rendered("select {{ asks() }}", macros__a="{% macro asks() %}\n{{ env_var('HOME') }}{% endmacro %}")
    with pytest.raises(ModelError, match=r"models/other\.sql: var\('not_set'\)"):
        rendered("select * from {{ ref('other') }}", models__other="{{ var('not_set') }}")


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(ModelError, match=r"models/other/probe\.sql: models/probe/probe\.sql has the same name"):
        rendered("select 1", models__other__probe="select 2")


def test_every_model_of_the_project_renders_and_reads_only_what_is_there() -> None:
    project = Project.read(dbt_project_dir())
    for year in (2025, 2026):
        models = Renderer(project).render({"start_year": 2025, "simulation_year": year})
        assert len(models) > 35 and models["laws_hold"].is_law
        built = {name for name, model in models.items() if not model.is_ephemeral}
        assert all(model.reads <= built | project.seeds.keys() for model in models.values())
        assert all("{{" not in model.sql and "None" not in model.sql for model in models.values())


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
    assert " ".join(with_parts(sql, {"e": "select 2"}).split()) == " ".join(whole.split())
    assert with_parts(sql, {}) == sql
