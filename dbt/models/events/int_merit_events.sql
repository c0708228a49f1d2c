{{ config(materialized='table', tags=['heavy_transform']) }}

{%- set compensation = var('compensation') %}

-- The yearly raise of each person who has one: when, and how much merit and cost of living.
with recipients as (

    select
        planned.person_key,
        planned.raise_date,
        planned.cola_rate,
        planned.opening_compensation,
        -- Merit goes by the level in force on the raise date; a promotion of that day comes first.
        case when promotions.effective_date <= planned.raise_date then promotions.level_after else planned.level_id end as level_id
    from {{ ref('int_employee_compensation_by_year') }} as planned
    inner join {{ ref('int_workforce_of_year') }} as people on planned.person_key = people.person_key
    left join {{ ref('int_promotion_events') }} as promotions on planned.person_key = promotions.person_key
    where
        people.last_day >= planned.raise_date
        and {{ completed_months('people.hire_date', 'planned.raise_date') }} >= {{ compensation.minimum_service_months }}

),

with_merit as (

    select recipients.*, levels.merit_rate
    from recipients
    inner join {{ ref('levels') }} as levels on recipients.level_id = levels.level_id

)
{%- if compensation.merit_budget is not none %},

scale as (

    select {{ compensation.merit_budget }}::double * sum(opening_compensation)::double
        / nullif(sum(opening_compensation * merit_rate)::double, 0) as factor
    from with_merit

)
{%- endif %}

select
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    raise_date as effective_date,
    {% if compensation.merit_budget is not none -%}
    (merit_rate::double * coalesce(scale.factor, 0))::decimal(9, 6) as merit_rate,
    {%- else -%}
    merit_rate,
    {%- endif %}
    cola_rate
from with_merit
{%- if compensation.merit_budget is not none %}
cross join scale
{%- endif %}
