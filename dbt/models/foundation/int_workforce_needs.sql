{{ config(materialized='table') }}

-- The year's headcount, exact by construction (methodology 2); rounding is half-up.
with opening as (

    select
        cell,
        count(*) as opening_headcount,
        count(*) filter (where known_termination_date <= {{ year_end() }}) as known_exits
    from {{ ref('int_opening_workforce') }}
    group by cell

),

-- Keys are never used twice, so new hires are numbered after everybody who ever was here, in any cell.
numbered as (

    select coalesce(max(person_key), 0) as last_person_key
    from (
        select person_key from {{ ref('int_baseline_workforce') }}
        union all
        select person_key
        from {{ source('state', 'fct_workforce_snapshot') }}
        where simulation_year < {{ var('simulation_year') }}
    )

),

targets as (

    select
        cells.cell,
        -- Of hires spread evenly over the year, each with only the rest of it to leave in.
        coalesce(
            cells.new_hire_termination_rate / nullif(-ln(1 - cells.new_hire_termination_rate), 0), 1
        ) as share_staying,
        coalesce(opening.opening_headcount, 0) as opening_headcount,
        floor(coalesce(opening.opening_headcount, 0) * {{ rate('1 + cells.target_growth_rate') }} + 0.5)::integer as target_headcount,
        coalesce(opening.known_exits, 0) as known_exits,
        coalesce(opening.opening_headcount, 0) * {{ rate('cells.total_termination_rate') }}::double as turnover,
        greatest(floor(coalesce(opening.opening_headcount, 0) * {{ rate('cells.total_termination_rate') }} + 0.5), known_exits)::integer
            as planned_exits
    from {{ ref('int_cells') }} as cells
    left join opening on cells.cell = opening.cell

),

needs as (

    select *, target_headcount - (opening_headcount - planned_exits) as headcount_need
    from targets

),

solved as (

    select
        *,
        case when headcount_need > 0
            then ceil(headcount_need / share_staying - 1e-9)::integer
            else 0
        end as hires
    from needs

)

select
    solved.cell,
    {{ var('simulation_year') }} as simulation_year,
    solved.opening_headcount::integer as opening_headcount,
    solved.target_headcount,
    solved.planned_exits,
    case when solved.headcount_need > 0 then solved.planned_exits else solved.opening_headcount - solved.target_headcount end::integer
        as experienced_exits,
    -- What to expect of those who have not given notice: without rounding, where the rates and not the target decide.
    greatest(
        case when solved.headcount_need > 0 then solved.turnover else solved.opening_headcount - solved.target_headcount end
            - solved.known_exits,
        0
    )::double as expected_exits,
    solved.hires,
    case when solved.headcount_need > 0 then solved.hires - solved.headcount_need else 0 end::integer as new_hire_exits,
    (numbered.last_person_key + sum(solved.hires) over (order by solved.cell) - solved.hires)::integer as last_person_key
from solved
cross join numbered
