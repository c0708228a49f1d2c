{% macro exact_sum(value, where=none) -%}
{#- A sum of doubles that is the same in whatever order its rows come: of whole numbers of 2**-52. -#}
sum((({{ value }}) * 4503599627370496)::hugeint){% if where %} filter (where {{ where }}){% endif %} / 4503599627370496::double
{%- endmacro %}
