{#- Random choices as pure functions of seed, stream, person and year (methodology, Ground rules), so that neither threads,
    slices, order nor a resume can change a result. The seed is the column `random_seed` of the person's cell. -#}

{% macro draw(stream, employee_id, year=none, seed='random_seed') -%}
{#- Uniform in [0, 1) with 52 bits. `year` is the plan year unless given; 0 is for choices made once in a life. -#}
{%- set plan_year = var('simulation_year') if year is none else year -%}
(('0x' || left(md5(concat({{ seed }}, '|{{ stream }}|', {{ employee_id }}, '|{{ plan_year }}')), 13))::bigint::double
    / 4503599627370496::double)
{%- endmacro %}

{% macro normal_draw(stream, employee_id, year=none) -%}
{#- Standard normal, by Box and Muller from two uniform draws; 1 - u keeps the logarithm finite. -#}
(sqrt(-2 * ln(1 - {{ draw(stream ~ '_radius', employee_id, year) }}))
    * cos(2 * pi() * {{ draw(stream ~ '_angle', employee_id, year) }}))
{%- endmacro %}

{% macro draw_days(uniform, days) -%}
{#- A whole number of days, 0 to days - 1, each equally likely. -#}
floor({{ uniform }} * ({{ days }}))::integer
{%- endmacro %}
