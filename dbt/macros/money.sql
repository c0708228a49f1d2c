{#- Money is DECIMAL(18,2) and rounds half away from zero, once, at the end of a sum. -#}

{% macro money(amount) -%}
({{ amount }})::decimal(18, 2)
{%- endmacro %}

{% macro rate(value) -%}
({{ value }})::decimal(9, 6)
{%- endmacro %}

{% macro cents(amount) -%}
(({{ amount }}) * 100)::bigint
{%- endmacro %}

{% macro money_from_ratio(numerator, denominator) -%}
{#- Cents as an exact integer ratio of non-negative numbers, rounded half up; division of DECIMAL would be a float. -#}
(((2 * ({{ numerator }}) + ({{ denominator }})) // (2 * ({{ denominator }})))::decimal(15, 0) * 0.01)::decimal(18, 2)
{%- endmacro %}

{% macro basis_points(column) -%}
{#- A share of pay as whole ten-thousandths, the finest that a plan states. -#}
({{ column }} * 10000)::bigint
{%- endmacro %}

{% macro money_from_scaled_cents(scaled, scale) -%}
{#- Cents times a power of ten, an exact BIGINT not below zero, rounded half up to cents. Products of DECIMAL would be
    128 bits wide and ten times slower. -#}
(((({{ scaled }}) + {{ scale // 2 }}) // {{ scale }})::decimal(15, 0) * 0.01)::decimal(18, 2)
{%- endmacro %}
