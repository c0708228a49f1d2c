{#- Runs before every invocation. The limits repeat what the connection already has, so that dbt by hand with another
    profile has them too. Joins are carried out as written, many columns on the left and few on the right: DuckDB takes
    the condition of `this_year` for a selective one, expects a fiftieth of the people, and would put the wide side
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
      {#- A setting is named with --vars by its column, such as {random_seed: 7}; it then holds in every year. -#}
      {%- for seed in graph.nodes.values() if seed.resource_type == 'seed' and seed.name == 'cells' -%}
        {%- for column in seed.columns if column not in ('cell', 'simulation_year', 'census') and var(column, none) is not none -%}
          {%- do run_query("update cells set " ~ column ~ " = '" ~ (var(column) | string | replace("'", "''")) ~ "'") -%}
        {%- endfor -%}
      {%- endfor -%}
      {%- for table in graph.sources.values() -%}
        {%- set columns = [] -%}
        {%- for column in table.columns.values() %}{% do columns.append(column.name ~ ' ' ~ column.data_type) %}{% endfor -%}
        {%- do run_query("create table if not exists " ~ target.schema ~ "." ~ table.name ~ " (" ~ columns | join(', ') ~ ")") -%}
      {%- endfor -%}
      {%- do run_query("create view if not exists " ~ target.schema ~ ".stg_census as " ~ census_rows()) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
