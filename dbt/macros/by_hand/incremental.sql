{#- Facts and accumulators: delete the slice (cell, scenario, plan design, year) and insert it anew, in one transaction. The
    delete key is the slice and not the grain: a repeated year must not keep rows that it no longer makes. A table without
    rows, which the start hook makes for those that read it first, is replaced. -#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set slice = config.require('unique_key') | join(', ') -%}
  {%- set grows = load_cached_relation(this) is not none and not should_full_refresh()
      and run_query('select count(*) from ' ~ target)[0][0] > 0 -%}
  {% call statement('main') -%}
    {% if grows -%}
      create or replace temporary table rows_of_slice as ({{ compiled_code }}
      );
      delete from {{ target }} where ({{ slice }}) in (select ({{ slice }}) from rows_of_slice);
      insert into {{ target }} by name from rows_of_slice;
      drop table rows_of_slice;
    {%- else -%}
      create or replace table {{ target }} as ({{ compiled_code }}
      );
    {%- endif %}
  {%- endcall %}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
