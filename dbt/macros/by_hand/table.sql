{#- A table of this year, replaced in place. Leaner than the adapter's own, which renames a copy into place and looks after
    indexes, foreign keys, grants and comments that this project does not have. `first_year_only` keeps what the census
    said: later years leave the table as it is. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {% call statement('main') -%}
    {%- if config.get('first_year_only') and var('simulation_year') != var('start_year') -%}
      select 1
    {%- else -%}
      create or replace table {{ target }} as ({{ compiled_code }}
      );
    {%- endif -%}
  {%- endcall %}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
