{#- The rows of a fact that this year owns, or another one counted from it. -#}
{% macro this_year(alias=none, offset=0) -%}
{{ alias ~ '.' if alias else '' }}simulation_year = {{ var('simulation_year')|int + offset }}
{%- endmacro %}
