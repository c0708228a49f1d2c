{{ config(materialized='ephemeral') }}

-- Hires spread over the levels by largest remainder, so that the parts add up to the whole: by weights of the settings
-- where there are some, else as the opening workforce is spread.
with mix as (

    select cell, level_id, weight
    from {{ ref('hire_level_mix') }}
    where {{ this_year() }}

),

weights as (

    select cell, level_id, weight
    from mix

    union all

    select cell, level_id, count(*)::double
    from {{ ref('int_opening_workforce') }}
    where cell not in (select cell from mix)
    group by cell, level_id

),

quotas as (

    select
        weights.cell,
        weights.level_id,
        weights.weight,
        needs.hires,
        needs.hires * weights.weight / sum(weights.weight) over (partition by weights.cell) as quota
    from weights
    inner join {{ ref('int_workforce_needs') }} as needs on weights.cell = needs.cell

),

floored as (

    select
        cell,
        level_id,
        weight,
        floor(round(quota, 9))::integer as whole,
        -- Rounded, so that equal remainders of a large and a small quota are equal and the lower level comes first.
        row_number() over (
            partition by cell order by round(round(quota, 9) - floor(round(quota, 9)), 9) desc, level_id
        ) as remainder_rank,
        hires - sum(floor(round(quota, 9))) over (partition by cell) as left_over
    from quotas

),

assigned as (

    select cell, level_id, weight, whole + (remainder_rank <= left_over)::integer as hires
    from floored

)

select
    cell,
    {{ var('simulation_year') }} as simulation_year,
    level_id::integer as level_id,
    weight,
    hires
from assigned
