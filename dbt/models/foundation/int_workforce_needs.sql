{{ config(materialized='table') }}

-- The year's headcount, exact by construction (methodology 2): one row a cell and unit, where a unit is a value of the
-- group that steers, and '' is everybody else. Rounding is half-up along the path; remainders are carried on.
with hazards as (

    select cell, unit, exit_hazard, count(*) as people
    from {{ ref('int_opening_workforce') }}
    group by cell, unit, exit_hazard

),

opening as (

    select cell, unit, sum(people) as headcount, sum(people * exit_hazard order by exit_hazard) as hazards
    from hazards
    group by cell, unit

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

last_year as (

    select cell, unit, headcount_path, exits_carried, new_hire_exits_carried
    from {{ source('state', 'fct_headcount_path') }}
    where {{ this_year(offset=-1) }}

),

-- What holds for everybody together, in the row of '', and for each unit that steers.
rates as (

    select
        cells.cell,
        '' as unit,
        cells.target_growth_rate,
        cells.total_termination_rate,
        cells.new_hire_termination_rate,
        coalesce(sum(opening.headcount), 0) as headcount
    from {{ ref('int_cells') }} as cells
    left join opening on cells.cell = opening.cell
    group by all

    union all

    select
        steered.cell,
        steered.unit,
        coalesce(steered.target_growth_rate, cells.target_growth_rate),
        coalesce(steered.total_termination_rate, cells.total_termination_rate),
        coalesce(steered.new_hire_termination_rate, cells.new_hire_termination_rate),
        coalesce(opening.headcount, 0)
    from {{ ref('steered_rates') }} as steered
    inner join {{ ref('int_cells') }} as cells on steered.cell = cells.cell
    left join opening on steered.cell = opening.cell and steered.unit = opening.unit
    where {{ this_year('steered') }}

),

due as (

    select
        rates.*,
        round(coalesce(last_year.headcount_path, rates.headcount) * {{ rate('1 + rates.target_growth_rate') }}, 9) as headcount_path,
        round(coalesce(last_year.exits_carried, 0) + rates.headcount * {{ rate('rates.total_termination_rate') }}, 9) as exits_due,
        coalesce(last_year.new_hire_exits_carried, 0) as new_hire_exits_carried
    from rates
    left join last_year on rates.cell = last_year.cell and rates.unit = last_year.unit

),

whole as (

    select
        *,
        case when headcount = 0 then 0 else floor(headcount_path + 0.5)::integer end as target,
        floor(exits_due + 0.5)::integer as exits
    from due

),

-- Units that steer have their own; the rest shares what they leave of the whole.
steering as (

    select cell, sum(headcount) as headcount, sum(target) as target, sum(exits) as exits
    from whole
    where unit <> ''
    group by cell

),

planned as (

    select
        whole.*,
        whole.headcount - case when whole.unit = '' then coalesce(steering.headcount, 0) else 0 end as opening_headcount,
        whole.target - case when whole.unit = '' then coalesce(steering.target, 0) else 0 end as target_left,
        whole.exits - case when whole.unit = '' then coalesce(steering.exits, 0) else 0 end as exits_left
    from whole
    left join steering on whole.cell = steering.cell

),

targets as (

    select
        planned.cell,
        planned.unit,
        planned.opening_headcount,
        planned.new_hire_termination_rate,
        planned.new_hire_exits_carried,
        planned.headcount_path,
        planned.exits_due - planned.exits as exits_carried,
        cells.exit_mode = 'random' as exits_are_random,
        case when planned.opening_headcount = 0 then 0 else greatest(planned.target_left, 0) end as target_headcount,
        least(greatest(planned.exits_left, 0), planned.opening_headcount) as quota,
        -- The sum of the chances to leave is the planned exits.
        least(greatest(planned.exits_left, 0), planned.opening_headcount) / nullif(opening.hazards, 0) as exit_scale
    from planned
    inner join {{ ref('int_cells') }} as cells on planned.cell = cells.cell
    left join opening on planned.cell = opening.cell and planned.unit = opening.unit

),

-- Where everybody leaves with a chance of their own, the draws say how many do.
drawn as (

    select people.cell, people.unit, count(*) as exits
    from {{ ref('int_opening_workforce') }} as people
    inner join targets on people.cell = targets.cell and people.unit = targets.unit
    where
        targets.exits_are_random
        and {{ draw('termination', 'people.employee_id') }} < {{ exit_probability('people.exit_hazard', 'targets.exit_scale') }}
    group by people.cell, people.unit

),

needs as (

    select
        targets.*,
        case when targets.exits_are_random then coalesce(drawn.exits, 0) else targets.quota end as planned_exits,
        targets.target_headcount - targets.opening_headcount + planned_exits as headcount_need
    from targets
    left join drawn on targets.cell = drawn.cell and targets.unit = drawn.unit

),

replaced as (

    select
        *,
        case when headcount_need > 0
            then round(new_hire_exits_carried + headcount_need * new_hire_termination_rate / (1 - new_hire_termination_rate), 9)
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
    {{ var('simulation_year') }} as simulation_year,
    solved.opening_headcount::integer as opening_headcount,
    solved.target_headcount::integer as target_headcount,
    solved.planned_exits::integer as planned_exits,
    case when solved.headcount_need > 0 then solved.planned_exits else solved.opening_headcount - solved.target_headcount end::integer
        as experienced_exits,
    solved.hires::integer as hires,
    solved.new_hire_exits,
    solved.exits_are_random,
    solved.exit_scale,
    (numbered.last_person_key + sum(solved.hires) over (order by solved.cell) - sum(solved.hires) over (partition by solved.cell))::integer
        as last_person_key,
    (sum(solved.hires) over (partition by solved.cell))::integer as hires_of_cell,
    solved.headcount_path,
    solved.exits_carried,
    solved.new_hire_exits_due - solved.new_hire_exits as new_hire_exits_carried
from solved
cross join numbered
