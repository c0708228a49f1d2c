{{ config(materialized='table') }}

{%- set workforce = var('workforce') %}
{%- set state = source('state', 'fct_workforce_snapshot') %}

-- The year's headcount, exact by construction (methodology 2); rounding is half-up.
with opening as (

    select count(*) as opening_headcount
    from {{ ref('int_opening_workforce') }}

),

-- Keys are never used twice, so new hires are numbered after everybody who ever was here.
numbered as (

    select coalesce(max(person_key), 0) as last_person_key
    {%- if is_first_year() %}
    from {{ ref('int_baseline_workforce') }}
    {%- else %}
    from {{ state }}
    where simulation_year < {{ var('simulation_year') }}
    {%- endif %}

),

targets as (

    select
        opening_headcount,
        floor(opening_headcount * {{ rate(1 + workforce.target_growth_rate) }} + 0.5)::integer as target_headcount,
        floor(opening_headcount * {{ rate(workforce.total_termination_rate) }} + 0.5)::integer as planned_exits
    from opening

),

needs as (

    select *, target_headcount - (opening_headcount - planned_exits) as headcount_need
    from targets

),

solved as (

    select
        *,
        case when headcount_need > 0
            then ceil(headcount_need / (1 - {{ workforce.new_hire_termination_rate }}::double) - 1e-9)::integer
            else 0
        end as hires
    from needs

)

select
    {{ var('simulation_year') }} as simulation_year,
    opening_headcount::integer as opening_headcount,
    target_headcount,
    planned_exits,
    case when headcount_need > 0 then planned_exits else opening_headcount - target_headcount end::integer
        as experienced_exits,
    hires,
    case when headcount_need > 0 then hires - headcount_need else 0 end::integer as new_hire_exits,
    last_person_key
from solved
cross join numbered
