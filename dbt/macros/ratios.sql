{#- Ratios for reports: null where there is nothing to divide by, and rounded, so that no last bit of a float shows. -#}

{% macro share(part, whole) -%}
round(({{ part }})::double / nullif(({{ whole }})::double, 0), 6)::decimal(18, 6)
{%- endmacro %}

{% macro average(total, number) -%}
round(({{ total }})::double / nullif(({{ number }})::double, 0), 2)::decimal(18, 2)
{%- endmacro %}
