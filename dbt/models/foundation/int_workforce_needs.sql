{{ config(materialized='table') }}

-- The year's headcount, exact by construction (methodology 2): one row a cell and unit (int_planned_exits).
-- Keys are never used twice, so new hires are numbered after everybody who ever was here, in any cell.
with numbered as (

    select coalesce(max(person_key), 0) as last_person_key
    from (
        select person_key from {{ ref('int_baseline_workforce') }}
        union all
        select person_key
        from {{ source('state', 'fct_workforce_snapshot') }}
        where simulation_year < {{ var('simulation_year') }}
    )

),

-- Where everybody leaves with a chance of their own, the draws say how many do.
drawn as (

    select cell, unit, count(*) as exits
    from {{ ref('int_exit_forces') }}
    where exit_probability > exit_draw
    group by cell, unit

),

needs as (

    select
        planned.*,
        case when planned.exits_are_random then coalesce(drawn.exits, 0) else planned.quota end as planned_exits,
        planned.target_headcount - planned.opening_headcount + planned_exits as headcount_need,
        -- Of hires spread evenly over the year, each with only the rest of it to leave in.
        coalesce(
            planned.new_hire_termination_rate / nullif(-ln(1 - planned.new_hire_termination_rate), 0), 1
        ) as share_staying
    from {{ ref('int_planned_exits') }} as planned
    left join drawn on planned.cell = drawn.cell and planned.unit = drawn.unit

),

replaced as (

    select
        *,
        case when headcount_need > 0
            then round(new_hire_exits_carried + headcount_need * (1 - share_staying) / share_staying, 9)
            else new_hire_exits_carried
        end as new_hire_exits_due
    from needs

),

solved as (

    select
        *,
        case when headcount_need > 0 then floor(new_hire_exits_due + 0.5) else 0 end::integer as new_hire_exits,
        greatest(headcount_need, 0) + new_hire_exits as hires
    from replaced

)

select
    solved.cell,
    solved.unit,
    solved.simulation_year,
    solved.opening_headcount,
    solved.target_headcount,
    solved.planned_exits::integer as planned_exits,
    case when solved.headcount_need > 0 then solved.planned_exits else solved.opening_headcount - solved.target_headcount end::integer
        as experienced_exits,
    solved.hires::integer as hires,
    solved.new_hire_exits,
    solved.exits_are_random,
    solved.new_hire_termination_rate,
    (numbered.last_person_key + sum(solved.hires) over (order by solved.cell) - sum(solved.hires) over (partition by solved.cell))::integer
        as last_person_key,
    (sum(solved.hires) over (partition by solved.cell))::integer as hires_of_cell,
    solved.headcount_path,
    solved.exits_carried,
    solved.new_hire_exits_due - solved.new_hire_exits as new_hire_exits_carried
from solved
cross join numbered
