{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- Who moves up a level, and by what share pay rises; the amounts follow in int_compensation_events.
with cells as (

    select
        cell,
        promotion_date,
        {{ latest_start('to_years(promotion_minimum_service_years)', 'promotion_date') }} as hired_by,
        promotion_raise_distribution,
        promotion_raise_mean,
        promotion_raise_spread,
        promotion_raise_maximum
    from {{ ref('cells') }}
    where {{ this_year() }}

),

raises_by_level as (

    select cell, level_id, raise_mean
    from {{ ref('promotion_raises') }}
    where {{ this_year() }}

),

candidates as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        people.random_seed,
        people.level_id,
        people.promotion_probability,
        {{ draw('promotion', 'people.employee_id', seed='people.random_seed') }} as promotion_draw
    from {{ ref('int_workforce_of_year') }} as people
    inner join cells on people.cell = cells.cell
    where
        not people.is_new_hire
        and people.promotion_probability > 0
        and people.last_day >= cells.promotion_date
        and people.hire_date <= cells.hired_by
        and {{ in_slice('people.person_key') }}

),

promoted as (

    select
        candidates.*,
        cells.* exclude (cell),
        coalesce(raises_by_level.raise_mean, cells.promotion_raise_mean) as raise_mean
    from candidates
    inner join cells on candidates.cell = cells.cell
    left join raises_by_level on candidates.cell = raises_by_level.cell and candidates.level_id = raises_by_level.level_id
    where candidates.promotion_draw < candidates.promotion_probability

),

drawn as (

    select
        *,
        case promotion_raise_distribution
            when 'uniform' then raise_mean + promotion_raise_spread * (2 * {{ draw('promotion_raise', 'employee_id') }} - 1)
            when 'normal' then raise_mean + promotion_raise_spread * {{ normal_draw('promotion_raise', 'employee_id') }}
            when 'fixed' then raise_mean
            else error('unknown distribution of raises: ' || promotion_raise_distribution)
        end as raise_drawn
    from promoted

)

select
    drawn.cell,
    drawn.person_key,
    drawn.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    drawn.promotion_date as effective_date,
    drawn.level_id as level_before,
    next_levels.level_after,
    least(greatest(drawn.raise_drawn, 0), drawn.promotion_raise_maximum)::decimal(9, 6) as raise_rate
from drawn
inner join (
    select level_id as level_before, lead(level_id) over (order by level_id) as level_after
    from {{ ref('levels') }}
) as next_levels on drawn.level_id = next_levels.level_before
