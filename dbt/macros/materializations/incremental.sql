{#- Facts and accumulators: delete the year's slice, insert it anew, in one transaction.
    The delete key is the slice and not the grain: a repeated year must not keep rows that it no longer makes. -#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set people = people_in_slices() -%}
  {%- set slice = slice_after(0, people) -%}
  {% call statement('main') -%}
    {{ set_slice(slice, people) }}
    {% if load_cached_relation(this) is none or should_full_refresh() -%}
      create or replace table {{ target }} as ({{ compiled_code }}
      );
    {%- else -%}
      delete from {{ target }}
      where simulation_year = {{ var('simulation_year') }};
      insert into {{ target }} by name ({{ compiled_code }}
      );
    {%- endif %}
  {%- endcall %}
  {%- set built = namespace(upto=slice[1]) -%}
  {% for _ in range(most_further_slices(people)) if built.upto < people %}
    {%- set slice = slice_after(built.upto, people) -%}
    {% call statement('slice') -%}
      {{ set_slice(slice, people) }}
      insert into {{ target }} by name ({{ compiled_code }}
      );
    {%- endcall %}
    {%- set built.upto = slice[1] -%}
  {% endfor %}
  {%- if built.upto < people -%}
    {{ refuse_to_leave_out(built.upto, people) }}
  {%- endif %}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
