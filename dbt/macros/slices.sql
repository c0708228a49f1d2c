{#- Slices of the population: a run builds a sliced model for some people at a time, so that its working set has a bound
    whatever the size of the census. Its SQL names the column with the stable slice key; the run sets the bounds
    (planalign_orchestrator/model/slices.py). Run by hand it sees everybody. -#}

{% macro in_slice(person_key) -%}
{{ person_key }} between coalesce(getvariable('slice_from'), 0) and coalesce(getvariable('slice_to'), 2147483647)
{%- endmacro %}

{% macro in_slice_of_values(value) -%}
{#- For what must be unique over everybody: each slice looks at some of all values, and equal ones are looked at
    together, whoever has them. Without the cast the remainder would be that of a 128-bit number, forty times slower. -#}
(1 + hash({{ value }}) % greatest(coalesce(getvariable('people_in_slices'), 1), 1)::ubigint)::integer
    between coalesce(getvariable('values_from'), 0) and coalesce(getvariable('values_to'), 2147483647)
{%- endmacro %}
