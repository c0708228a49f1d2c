{{ config(materialized='table') }}

-- Where the year's headcount leads to and how many are to leave (methodology 2): one row a cell and unit, where a unit
-- is a value of the group that steers, and '' is everybody else. Rounding is half-up; remainders are carried on.
with opening as (

    select
        cell,
        unit,
        count(*) as headcount,
        count(*) filter (where known_termination_date <= {{ year_end() }}) as known_exits
    from {{ ref('int_opening_workforce') }}
    group by cell, unit

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
    from {{ ref('cells') }} as cells
    left join opening on cells.cell = opening.cell
    where {{ this_year('cells') }}
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
    inner join {{ ref('cells') }} as cells on steered.cell = cells.cell and {{ this_year('cells') }}
    left join opening on steered.cell = opening.cell and steered.unit = opening.unit
    where {{ this_year('steered') }}

),

due as (

    select
        rates.*,
        round(coalesce(last_year.headcount_path, rates.headcount) * {{ rate('1 + rates.target_growth_rate') }}, 9) as headcount_path,
        rates.headcount * {{ rate('rates.total_termination_rate') }} as turnover,
        round(coalesce(last_year.exits_carried, 0) + turnover, 9) as exits_due,
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

    select cell, sum(headcount) as headcount, sum(target) as target, sum(exits) as exits, sum(turnover) as turnover
    from whole
    where unit <> ''
    group by cell

),

planned as (

    select
        whole.*,
        whole.headcount - case when whole.unit = '' then coalesce(steering.headcount, 0) else 0 end as headcount_left,
        whole.target - case when whole.unit = '' then coalesce(steering.target, 0) else 0 end as target_left,
        whole.exits - case when whole.unit = '' then coalesce(steering.exits, 0) else 0 end as exits_left,
        whole.turnover - case when whole.unit = '' then coalesce(steering.turnover, 0) else 0 end as turnover_left
    from whole
    left join steering on whole.cell = steering.cell

),

-- Who has given notice counts.
quotas as (

    select
        planned.*,
        cells.exit_mode = 'random' as exits_are_random,
        case when planned.headcount_left = 0 then 0 else greatest(planned.target_left, 0) end as target_headcount,
        coalesce(opening.known_exits, 0) as known_exits,
        greatest(least(greatest(planned.exits_left, 0), planned.headcount_left), coalesce(opening.known_exits, 0)) as quota
    from planned
    inner join {{ ref('cells') }} as cells on planned.cell = cells.cell and {{ this_year('cells') }}
    left join opening on planned.cell = opening.cell and planned.unit = opening.unit

)

select
    cell,
    unit,
    {{ var('simulation_year') }} as simulation_year,
    headcount_left::integer as opening_headcount,
    target_headcount::integer as target_headcount,
    exits_are_random,
    quota::integer as quota,
    -- What to expect of those who have not given notice: without rounding, where the rates and not the target decide.
    greatest(
        case when exits_are_random or target_headcount > headcount_left - quota
            then least(turnover_left, headcount_left)
            else headcount_left - target_headcount
        end - known_exits,
        0
    )::double as expected_exits,
    new_hire_termination_rate,
    headcount_path,
    exits_due - exits as exits_carried,
    new_hire_exits_carried
from quotas
