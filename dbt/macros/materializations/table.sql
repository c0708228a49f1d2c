{#- A table of this year: replaced in one transaction, slice by slice. Leaner than the adapter's own, which renames a
    copy into place and looks after indexes, foreign keys, grants and comments that this project does not have.
    `first_year_only` keeps what the census said: later years leave the table as it is. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {%- if config.get('first_year_only') and not is_first_year() -%}
    {% call statement('main') -%} select 1 {%- endcall %}
  {%- else -%}
    {%- set people = people_in_slices() -%}
    {%- set slice = slice_after(0, people) -%}
    {% call statement('main') -%}
      {{ set_slice(slice, people) }}
      create or replace table {{ target }} as ({{ compiled_code }}
      );
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
  {%- endif -%}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
