{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- Hires spread over the levels by largest remainder, so that the parts add up to the whole: by weights of the settings
-- where there are some, else as the opening workforce is spread. What a level was owed is carried on, so that in the end
-- levels with few people have their hires too.
with mix as (

    select cell, level_id, weight
    from {{ ref('hire_level_mix') }}
    where {{ this_year() }}

),

weights as (

    select needs.cell, needs.unit, mix.level_id, mix.weight
    from {{ ref('int_workforce_needs') }} as needs
    inner join mix on needs.cell = mix.cell

    union all

    select cell, unit, level_id, count(*)::double
    from {{ ref('int_opening_workforce') }}
    where cell not in (select cell from mix)
    group by cell, unit, level_id

),

shares as (

    select
        weights.*,
        needs.hires,
        weights.weight / sum(weights.weight) over (partition by weights.cell, weights.unit) as share,
        coalesce(last_year.hires_owed, 0)::double as owed
    from weights
    inner join {{ ref('int_workforce_needs') }} as needs on weights.cell = needs.cell and weights.unit = needs.unit
    left join {{ source('state', 'fct_hires_by_level') }} as last_year
        on weights.cell = last_year.cell
            and weights.unit = last_year.unit
            and weights.level_id = last_year.level_id
            and {{ this_year('last_year', offset=-1) }}

),

quotas as (

    select
        cell,
        unit,
        level_id,
        weight,
        hires,
        -- What levels that are hired no more were owed goes to all alike.
        round(hires * share + owed - avg(owed) over (partition by cell, unit), 9) as quota
    from shares

),

-- Hires are given one by one to the level that is owed most; rounded, so that equal quotas are equal and the lower level
-- comes first.
places as (

    select *, unnest(range(0, greatest(floor(quota), 0)::bigint + 2)) as taken
    from quotas

),

ranked as (

    select *, row_number() over (partition by cell, unit order by round(quota - taken, 9) desc, level_id) <= hires as is_hired
    from places

),

counted as (

    select cell, unit, level_id, weight, quota, count(*) filter (where is_hired) as hires
    from ranked
    group by cell, unit, level_id, weight, quota

)

select
    counted.cell,
    cells.scenario_id,
    cells.plan_design_id,
    counted.unit,
    {{ var('simulation_year') }} as simulation_year,
    counted.level_id::integer as level_id,
    counted.weight,
    counted.hires,
    (counted.quota - counted.hires)::decimal(18, 9) as hires_owed
from counted
inner join {{ ref('cells') }} as cells on counted.cell = cells.cell and {{ this_year('cells') }}
