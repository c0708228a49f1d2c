{#- The slice of a fact that this year, scenario and plan design own. -#}
{% macro this_year(alias=none, offset=0) -%}
{%- set prefix = alias ~ '.' if alias else '' -%}
{{ prefix }}simulation_year = {{ var('simulation_year')|int + offset }}
        and {{ prefix }}scenario_id = '{{ var("scenario_id") }}'
        and {{ prefix }}plan_design_id = '{{ var("plan_design_id") }}'
{%- endmacro %}
