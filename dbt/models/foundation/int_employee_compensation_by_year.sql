{{ config(materialized='ephemeral') }}

-- Pay in force on 1 January, and the raise that the year plans for each person: when, in the month that stays a person's
-- for life, and how much cost of living.
with opening as (

    select cell, person_key, employee_id, random_seed, level_id, opening_compensation
    from {{ ref('int_opening_workforce') }}

),

-- Weights are normalized here, so that a table that sums to 107 is as good as one that sums to 1.
months as (

    select
        month,
        coalesce(
            sum(weight) over (order by month rows between unbounded preceding and 1 preceding), 0
        ) / sum(weight) over () as share_before
    from {{ ref('raise_months') }}

),

month_bounds as (

    select list(share_before order by month) as shares, list(month order by month) as months
    from months

),

drawn as (

    select *, {{ draw('raise_month', 'employee_id', 0) }} as u
    from opening

)

select
    drawn.cell,
    drawn.person_key,
    drawn.level_id,
    drawn.opening_compensation,
    make_date(
        {{ var('simulation_year') }},
        month_bounds.months[len(list_filter(month_bounds.shares, lambda share: share <= drawn.u))],
        1
    ) as raise_date,
    cells.cola_rate
from drawn
inner join {{ ref('cells') }} as cells on drawn.cell = cells.cell and {{ this_year('cells') }}
cross join month_bounds
