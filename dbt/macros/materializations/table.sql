{#- A table of this year: replaced in one transaction, slice by slice. Leaner than the adapter's own, which renames a
    copy into place and looks after indexes, foreign keys, grants and comments that this project does not have.
    `first_year_only` keeps what the census said: later years leave the table as it is. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
  {%- set target = this.incorporate(type='table') -%}
  {%- if config.get('first_year_only') and not is_first_year() -%}
    {% call statement('main') -%} select 1 {%- endcall %}
  {%- else -%}
    {%- set slices = slice_bounds() -%}
    {% call statement('main') -%}
      {{ set_slice(slices[0]) }}
      create or replace table {{ target }} as ({{ compiled_code }}
      );
    {%- endcall %}
    {% for slice in slices[1:] %}
      {% call statement('slice') -%}
        {{ set_slice(slice) }}
        insert into {{ target }} by name ({{ compiled_code }}
        );
      {%- endcall %}
    {% endfor %}
  {%- endif -%}
  {{ adapter.commit() }}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
