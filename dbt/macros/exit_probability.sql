{% macro exit_probability(hazard, scale) -%}
{#- The chance to leave in the year where everybody leaves with a chance of their own. -#}
least({{ hazard }} * {{ scale }}, 1)
{%- endmacro %}
