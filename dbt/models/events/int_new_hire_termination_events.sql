{{ config(materialized='table', tags=['heavy_transform']) }}

-- Hires of the year who leave in it: drawn like everybody who leaves, with the hazard of a person of short service.
with candidates as (

    select
        cell,
        unit,
        person_key,
        employee_id,
        random_seed,
        birth_date,
        hire_date,
        level_id,
        {{ completed_years('birth_date', 'hire_date') }} as age_at_hire
    from {{ ref('int_hiring_events') }}
    where hire_date < {{ year_end() }}

),

age_factors as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

shortest_tenure as (

    select exit_multiplier
    from {{ ref('tenure_bands') }}
    where min_years <= 0 and max_years > 0

),

hazards as (

    select
        candidates.*,
        age_factors.exit_multiplier * shortest_tenure.exit_multiplier * levels.exit_multiplier as exit_hazard
    from candidates
    cross join shortest_tenure
    inner join age_factors on candidates.age_at_hire = age_factors.completed_years
    inner join {{ ref('levels') }} as levels on candidates.level_id = levels.level_id

),

by_hazard as (

    select cell, unit, exit_hazard, count(*) as people
    from hazards
    group by cell, unit, exit_hazard

),

needs as (

    select needs.cell, needs.unit, needs.new_hire_exits, needs.exits_are_random, sums.hazards
    from {{ ref('int_workforce_needs') }} as needs
    inner join (
        select cell, unit, sum(people * exit_hazard order by exit_hazard) as hazards
        from by_hazard
        group by cell, unit
    ) as sums on needs.cell = sums.cell and needs.unit = sums.unit

),

drawn as (

    select *, {{ draw('termination', 'employee_id') }} as u
    from hazards

),

clocks as (

    select
        drawn.* exclude (u),
        needs.new_hire_exits,
        needs.exits_are_random,
        drawn.u < {{ exit_probability('drawn.exit_hazard', 'needs.new_hire_exits / nullif(needs.hazards, 0)') }} as leaves_by_chance,
        case when drawn.exit_hazard > 0 then -ln(1 - drawn.u) / drawn.exit_hazard else 'infinity'::double end as exit_clock
    from drawn
    inner join needs on drawn.cell = needs.cell and drawn.unit = needs.unit

),

ranked as (

    select *, row_number() over (partition by cell, unit order by exit_clock, employee_id) as exit_rank
    from clocks

),

leavers as (

    select
        ranked.*,
        cells.retirement_age,
        cells.involuntary_share
    from ranked
    inner join {{ ref('int_cells') }} as cells on ranked.cell = cells.cell
    where case when ranked.exits_are_random then ranked.leaves_by_chance else ranked.exit_rank <= ranked.new_hire_exits end

),

dated as (

    select
        *,
        hire_date + 1 + {{ draw_days(draw('termination_date', 'employee_id'), year_end() ~ ' - hire_date') }} as termination_date
    from leavers

)

select
    cell,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    termination_date,
    {{ termination_reason('birth_date', 'termination_date') }} as termination_reason
from dated
