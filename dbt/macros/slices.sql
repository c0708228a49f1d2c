{#- Slices of the population: a sliced model is built for some people at a time, so that its working set has a bound
    whatever the size of the census. Its SQL names the column with the stable slice key; the materialization sets the
    bounds. Compiled SQL run on its own sees everybody. -#}

{% macro in_slice(person_key) -%}
{{ person_key }} between coalesce(getvariable('slice_from'), 0) and coalesce(getvariable('slice_to'), 2147483647)
{%- endmacro %}

{% macro slice_bounds() -%}
{#- (first, last) person keys of each slice. `sliced_over` names the table whose people are divided; without it, or
    without a batch size (thousands of people), there is one slice with everybody. `int_workforce_needs` stands for the
    opening workforce and the hires, who have the keys after the last one ever used. -#}
{%- set everybody = [(0, 2147483647)] -%}
{%- set batch_size = var('batch_size', none) -%}
{%- set divided = config.get('sliced_over') -%}
{%- if divided == 'previous_state' -%}
    {%- set divided = 'int_baseline_workforce' if is_first_year() else 'fct_workforce_snapshot' -%}
{%- endif -%}
{%- if not divided or not batch_size -%}
    {{ return(everybody) }}
{%- endif -%}
{%- set relation = this.incorporate(path={'identifier': divided}) -%}
{%- set last_key = 'last_person_key + hires' if divided == 'int_workforce_needs' else 'person_key' -%}
{%- set people = run_query('select coalesce(max(' ~ last_key ~ '), 0)::integer from ' ~ relation)[0][0] -%}
{%- set size = (batch_size * 1000) | int -%}
{%- if people <= size -%}
    {{ return(everybody) }}
{%- endif -%}
{%- set bounds = [] -%}
{%- for first in range(1, people | int + 1, size) -%}
    {%- do bounds.append((first, first + size - 1)) -%}
{%- endfor -%}
{{ return(bounds) }}
{%- endmacro %}

{% macro set_slice(bounds) -%}
set variable slice_from = {{ bounds[0] }}; set variable slice_to = {{ bounds[1] }};
{%- endmacro %}
