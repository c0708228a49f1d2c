{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

{%- set promotion = var('compensation').promotion %}
{%- set effective = date_in_year(promotion.effective_date) %}

-- Who moves up a level, and by what share pay rises; the amounts follow in int_compensation_events.
with candidates as (

    select person_key, employee_id, level_id, promotion_probability
    from {{ ref('int_workforce_of_year') }}
    where
        not is_new_hire
        and promotion_probability > 0
        and last_day >= {{ effective }}
        and {{ completed_years('hire_date', effective) }} >= {{ promotion.minimum_service_years }}
        and {{ in_slice('person_key') }}

),

promoted as (

    select
        *,
        {% if promotion.raise_mean_by_level -%}
        case level_id
            {%- for level, mean in promotion.raise_mean_by_level.items() %}
            when {{ level }} then {{ mean }}::double
            {%- endfor %}
            else {{ promotion.raise_mean }}::double
        end
        {%- else -%}
        {{ promotion.raise_mean }}::double
        {%- endif %} as raise_mean
    from candidates
    where {{ draw('promotion', 'employee_id') }} < promotion_probability

),

drawn as (

    select
        *,
        {% if promotion.raise_distribution == 'uniform' -%}
        raise_mean + {{ promotion.raise_spread }}::double * (2 * {{ draw('promotion_raise', 'employee_id') }} - 1)
        {%- elif promotion.raise_distribution == 'normal' -%}
        raise_mean + {{ promotion.raise_spread }}::double * {{ normal_draw('promotion_raise', 'employee_id') }}
        {%- else -%}
        raise_mean
        {%- endif %} as raise_drawn
    from promoted

)

select
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    {{ effective }} as effective_date,
    level_id as level_before,
    next_levels.level_after,
    least(greatest(raise_drawn, 0), {{ promotion.raise_maximum }})::decimal(9, 6) as raise_rate
from drawn
inner join (
    select level_id as level_before, lead(level_id) over (order by level_id) as level_after
    from {{ ref('levels') }}
) as next_levels on drawn.level_id = next_levels.level_before
