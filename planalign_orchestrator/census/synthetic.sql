-- The people of a synthetic census, each step on what the one before worked out. synthetic.py gives the words in braces.
-- Draws (u_…) are numbers from 0 to 1; only arithmetic that IEEE 754 defines exactly is done with them.

{# The value whose share a draw falls into. #}
{% macro by_share(draw, steps) -%}
case {% for share, value in steps[:-1] %}when {{ draw }} < {{ share }} then {{ value }} {% endfor %}else {{ steps[-1][1] }} end
{%- endmacro %}
{# The value at a share, spread evenly between two quantiles. #}
{% macro between(draw, quantiles) -%}
case
{% for share, value in quantiles[:-1] %}
    {% set up_to, next = quantiles[loop.index] %}
    {% set slope = ((next | float - value | float) / (up_to | float - share | float)) | round(9) %}
    when {{ draw }} < {{ up_to }} then {{ value }}::double + ({{ draw }} - {{ share }}::double) * {{ slope }}::double
{% endfor %}
    else {{ quantiles[-1][1] }}::double
end
{%- endmacro %}
{% macro by_level(values) -%}
case job_level {% for value in values %}when {{ loop.index }} then {{ value }}::double {% endfor %}end
{%- endmacro %}
{# 32 bits of a digest are a draw. #}
{% set draws = [
    "level", "age", "service", "place", "hours", "part_time", "participates", "rate", "enrolls", "raise", "balance",
    "owner",
] %}
{# The level table's bands: where they start, and how wide they are. #}
{% set band_from, band_width = [56000, 81000, 121000, 161000, 275000], [25000, 40000, 40000, 114000, 225000] %}
{# Share of participants up to here, and the rate they elect: peaks at 3, 5, 6 and 10 percent. #}
{% set deferral_rates = [
    (0.05, "0.01"), (0.12, "0.02"), (0.29, "0.03"), (0.38, "0.04"), (0.55, "0.05"), (0.75, "0.06"), (0.79, "0.07"),
    (0.85, "0.08"), (0.87, "0.09"), (0.95, "0.10"), (0.965, "0.12"), (0.985, "0.15"), (0.995, "0.20"), (1.0, "0.25"),
] %}
with digests as (
    select
        number,
{% for i in range(3) %}
        md5(concat('{{ seed }}|census|', number, '|{{ i }}')) as digest_{{ i }},
{% endfor %}
    from (select range as number from range(1, {{ employees }} + 1))
),

draws as (
    select
        number,
{% for name in draws %}
        ('0x' || substr(digest_{{ loop.index0 // 4 }}, {{ loop.index0 % 4 * 8 + 1 }}, 8))::bigint / 4294967296.0::double
            as u_{{ name }},
{% endfor %}
    from digests
),

levels as (
    select *, {{ by_share("u_level", shape.level) }} as job_level from draws
),

-- Higher levels lack the youngest.
floors as (
    select
        *,
        case job_level
            when 1 then 0.0::double when 2 then 0.18::double when 3 then 0.3::double when 4 then 0.4::double
            when 5 then 0.5::double
        end as age_floor
    from levels
),

ages as (
    select
        *,
        {{ day }} - floor({{ between("age_share", shape.age) }} * 365.25)::integer as birth_date,
        case
            when job_level < 3 and u_part_time < {{ shape.part_time }} then 16 + 4 * floor(u_hours * 5)::integer
            else 40
        end as hours
    from (select *, age_floor + u_age * (1 - age_floor) as age_share from floors)
),

services as (
    select
        *,
        floor({{ between("u_service", shape.service) }} * 365.25)::integer as wanted,
        ({{ day }} - (birth_date + interval 18 year)::date)::integer as possible
    from ages
),

hires as (
    select
        *,
        case when wanted <= possible then wanted else floor(possible * u_service * u_enrolls)::integer end as served
    from services
),

pays as (
    select
        *,
        -- Low in the band more often than high, higher with age, in proportion to the hours.
        round(
            (
                {{ by_level(band_from) }}
                + {{ by_level(band_width) }} * least(0.999, 0.75 * u_place * u_place + 0.12 * u_place + 0.13 * u_age)
            )
            * {{ shape.pay_factor }} * hours / 40,
            0
        )::bigint as pay,
        -- More with age, level and years of service; part-time people less.
        u_participates < {{ shape.participation }} + 0.20 * (u_age - 0.5) + 0.05 * (job_level - 1)
        + 0.012 * least(10, served / 365.25) - case when hours < 40 then 0.25 else 0 end as participates
    from hires
),

rates as (
    -- Rates are higher with level and age.
    select *, least(u_rate + 0.03 * (job_level - 1) + 0.12 * (u_age - 0.5), 0.95 + 0.05 * u_place) as u_moved_rate
    from pays
),

people as (
    select
        'E' || lpad(number::varchar, {{ width }}, '0') as employee_id,
        birth_date,
        {{ day }} - served as hire_date,
        pay::decimal(18, 2) as annual_compensation,
        job_level,
        case when participates then {{ by_share("u_moved_rate", deferral_rates) }} else 0 end::decimal(6, 4) as deferral_rate,
        case when participates then {{ day }} - served + floor(least(served, 900) * u_enrolls * u_enrolls)::integer end
            as enrollment_date,
        hours::decimal(5, 2) as scheduled_hours_per_week,
        -- The part of the as-of year for which the person was paid.
        (
            round(pay * (least(served + 1, {{ days }}) / {{ days }}.0::double) * (0.96 + 0.04 * u_raise) * 100, 0)::bigint
            * 0.01::decimal(3, 2)
        )::decimal(18, 2) as prior_year_compensation,
        job_level = 5 and u_owner < 0.04 as is_five_percent_owner,
        -- Years of match on pay that was lower once, with some return; those who never took part have little or nothing.
        (
            round(
                ((served / 365.25) * pay * case when participates then 0.034 when u_balance < 0.3 then 0.006 else 0 end
                * (0.7 + 0.6 * u_balance) * (1 + 0.018 * (served / 365.25))) * 100,
                0
            )::bigint * 0.01::decimal(3, 2)
        )::decimal(18, 2) as employer_account_balance
    from rates
)

{% if not faults %}
from people
{% else %}
-- As text in every canonical column, some with a fault, every kind in turn.
select
{% for column in columns %}
    {% set sound = column ~ "::varchar" if column in present else "null::varchar" %}
    {% set concerned = kinds | selectattr(column, "defined") | list %}
    {% if concerned %}
    case fault
    {% for cells in kinds if column in cells %}
        when {{ kinds.index(cells) }} then {{ cells[column] }}
    {% endfor %}
        else {{ sound }}
    end as {{ column }},
    {% else %}
    {{ sound }} as {{ column }},
    {% endif %}
{% endfor %}
from (
    select
        *,
        case
            when number * {{ faults }} // {{ employees }} > (number - 1) * {{ faults }} // {{ employees }}
                then (number - 1) * {{ faults }} // {{ employees }} % {{ kinds | length }}
        end as fault
    from (select *, row_number() over () as number, lag(employee_id) over () as other_id from people)
)
{% endif %}
