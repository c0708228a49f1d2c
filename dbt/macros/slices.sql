{#- Slices of the population: a sliced model is built for some people at a time, so that its working set has a bound
    whatever the size of the census. Its SQL names the column with the stable slice key; the materialization sets the
    bounds. Compiled SQL run on its own sees everybody. -#}

{% macro in_slice(person_key) -%}
{{ person_key }} between coalesce(getvariable('slice_from'), 0) and coalesce(getvariable('slice_to'), 2147483647)
{%- endmacro %}

{% macro in_slice_of_values(value) -%}
{#- For what must be unique over everybody: each slice looks at some of all values, and equal ones are looked at
    together, whoever has them. Without the cast the remainder would be that of a 128-bit number, forty times slower. -#}
(1 + hash({{ value }}) % greatest(coalesce(getvariable('people_in_slices'), 1), 1)::ubigint)::integer
    between coalesce(getvariable('values_from'), 0) and coalesce(getvariable('values_to'), 2147483647)
{%- endmacro %}

{% macro values_of_slice(bounds, people) -%}
{#- (first, last) of the values that a slice looks at: none, or one share or several. All values are read for each share,
    so there are as few as 600 000 people at once allow; the slice in which a share ends looks at it. -#}
{%- set rows = var('people_counted', {}).get(config.get('sliced_over') ~ ' rows', people) -%}
{%- set shares = [(rows / 600000) | round(0, 'ceil') | int, 1] | max -%}
{%- set share = [(people / shares) | round(0, 'ceil') | int, 1] | max -%}
{%- set first = (bounds[0] - 1) // share * share + 1 if bounds[0] else 0 -%}
{{ return((first, bounds[1] if bounds[1] >= people else bounds[1] // share * share)) }}
{%- endmacro %}

{% macro people_in_slices() -%}
{#- The last person key of the people whom a model is built for slice by slice; 0 when it is built for everybody at
    once. `sliced_over` names the table whose people are divided; `int_workforce_needs` stands for the opening
    workforce and the hires, who have the keys after the last one ever used. `people_counted` remembers the answer for
    the other models of a stage, in which no model changes what another has counted. -#}
{%- set divided = config.get('sliced_over') -%}
{%- if divided == 'previous_state' -%}
    {%- set divided = 'int_baseline_workforce' if is_first_year() else 'fct_workforce_snapshot' -%}
{%- endif -%}
{%- if not divided or not var('batch_size', none) -%}
    {{ return(0) }}
{%- endif -%}
{%- set counted = var('people_counted', {}) -%}
{%- if divided not in counted -%}
    {%- set relation = this.incorporate(path={'identifier': divided}) -%}
    {%- set last_key = 'last_person_key + hires' if divided == 'int_workforce_needs' else 'person_key' -%}
    {%- set found = run_query('select coalesce(max(' ~ last_key ~ '), 0)::integer, count(*) from ' ~ relation)[0] -%}
    {%- do counted.update({divided: found[0] | int, divided ~ ' rows': found[1] | int}) -%}
{%- endif -%}
{{ return(counted[divided]) }}
{%- endmacro %}

{% macro slice_after(built, people) -%}
{#- (first, last) person keys of the slice after the people built so far. The batch size (thousands of people) is asked
    for anew each time: while the slice before was built, memory may have become short. Models with `slice_of_about` sort
    all their rows; they are quicker, and need much less memory, with about so many people at once. -#}
{%- set size = (var('batch_size', none) or 0) * 1000 -%}
{%- if config.get('slice_of_about') -%}
    {%- set rows = var('people_counted', {}).get(config.get('sliced_over') ~ ' rows', 0) -%}
    {%- set slices = [(rows / config.get('slice_of_about')) | round(0, 'ceil') | int, 1] | max -%}
    {%- set size = [size, (people / slices) | round(0, 'ceil') | int] | min -%}
{%- endif -%}
{%- if people - built <= size or people == 0 -%}
    {{ return((built + 1 if built else 0, 2147483647)) }}
{%- endif -%}
{{ return((built + 1, built + size | int)) }}
{%- endmacro %}

{% macro most_further_slices(people) -%}
{#- More slices than this there cannot be: a batch never gets smaller than the smallest, nor than it was, and no more
    people at once than a model asks for make no more slices than that. -#}
{%- set smallest = [var('batch_size', none) or 100, 100, (config.get('slice_of_about') or 100000) / 1000] | min -%}
{{ return((people / (smallest * 1000)) | int + 1) }}
{%- endmacro %}

{% macro set_slice(bounds, people) -%}
{%- set values = values_of_slice(bounds, people) -%}
set variable slice_from = {{ bounds[0] }}; set variable slice_to = {{ bounds[1] }};
set variable people_in_slices = {{ people }}; set variable values_from = {{ values[0] }}; set variable values_to = {{ values[1] }};
{%- if var('slice_memory_limit', none) %} set memory_limit = '{{ var("slice_memory_limit") }}';{% endif %}
{%- endmacro %}

{% macro refuse_to_leave_out(upto, people) -%}
{#- A batch that has become smaller than `most_further_slices` foresees would leave out the last people. -#}
{{ exceptions.raise_compiler_error('slices up to person ' ~ upto ~ ' of ' ~ people
    ~ ': the batch has become too small; run again with a larger memory_limit_gb or another --batch-size') }}
{%- endmacro %}
