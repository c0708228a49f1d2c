{#- How the dollar limits of the law are rounded. A hair is added, so that a product that is a whole multiple is not lost
    to binary fractions. -#}

{% macro rounded_limit(name, multiple, amount) -%}
{#- Down to the multiple; the wage base to the nearest one, the catch-up of ages 60 to 63 by multiples above 11 250. -#}
{%- if name == 'social_security_wage_base' -%}
floor({{ amount }} / {{ multiple }} + 0.5 + 1e-9) * {{ multiple }}
{%- elif name == 'catch_up_limit_60_63' -%}
11250 + floor(({{ amount }} - 11250) / {{ multiple }} + 1e-9) * {{ multiple }}
{%- else -%}
floor({{ amount }} / {{ multiple }} + 1e-9) * {{ multiple }}
{%- endif -%}
{%- endmacro %}

{% macro unrounded_limit(name, multiple, amount) -%}
{#- The last published amount before it was rounded, where that is the amount known here. -#}
(case when {{ rounded_limit(name, multiple, amount ~ '::double') }} = last_published.{{ name }} then {{ amount }} else last_published.{{ name }} end)::double
{%- endmacro %}
