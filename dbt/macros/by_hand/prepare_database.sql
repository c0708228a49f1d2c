{#- Runs before every invocation. The limits repeat what the connection already has, so that dbt by hand with another
    profile has them too. Joins are carried out as written, many columns on the left and few on the right: DuckDB takes
    the three conditions of `this_year` for selective ones, expects a fiftieth of the people, and would put the wide side
    into memory. On a new file it also makes the inputs, so that a stage selected by name works at once. -#}
{% macro prepare_database() %}
  {%- if execute -%}
    {%- do run_query("pragma memory_limit='" ~ env_var('PLANALIGN_DUCKDB_MEMORY', '2GiB') ~ "'; "
        ~ "pragma threads=" ~ env_var('PLANALIGN_DUCKDB_THREADS', '1') ~ "; "
        ~ "pragma temp_directory='" ~ (env_var('PLANALIGN_TEMP_DIRECTORY', 'tmp/duckdb') | replace("'", "''")) ~ "'; "
        ~ "set disabled_optimizers='join_order,build_side_probe_side'") -%}
    {%- if not var('inputs_are_loaded', false) -%}
      {%- for seed in graph.nodes.values() if seed.resource_type == 'seed' -%}
        {%- do run_query("create table if not exists " ~ target.schema ~ "." ~ seed.name ~ " as " ~ seed_rows(seed)) -%}
      {%- endfor -%}
      {%- do run_query("create view if not exists " ~ target.schema ~ ".stg_census as " ~ census_rows()) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
