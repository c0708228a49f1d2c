{#- An assumption table, read by DuckDB itself with the declared types and replaced in place. -#}
{% materialization seed, adapter='duckdb' %}
  {%- set target = this.incorporate(type='table') -%}
  {% call statement('main') -%}
    create or replace table {{ target }} as {{ seed_rows(model) }}
  {%- endcall %}
  {#- dbt prints the rows of a seed on request and asks for them here. -#}
  {% do store_result('agate_table', response='OK', agate_table=load_agate_table()) %}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro seed_rows(seed) -%}
{%- set columns = [] -%}
{%- for column in seed.columns.values() -%}
  {%- do columns.append("'" ~ column.name ~ "': '" ~ column.data_type ~ "'") -%}
{%- endfor -%}
select * from read_csv('{{ (seed.root_path ~ '/' ~ seed.original_file_path) | replace("'", "''") }}',
    header = true, columns = { {{- columns | join(', ') -}} })
{%- endmacro %}
