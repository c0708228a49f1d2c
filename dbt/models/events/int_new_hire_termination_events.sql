{{ config(materialized='table', tags=['heavy_transform']) }}

-- Hires of the year who leave in it: drawn like everybody who leaves, with the force of a first year of service over the
-- part of the year that is left to each, so that hires of December hardly leave in December.
with candidates as (

    select
        cell,
        unit,
        person_key,
        employee_id,
        random_seed,
        hire_date,
        level_id,
        age_at_hire
    from {{ ref('int_hiring_events') }}
    where hire_date < {{ year_end() }}

),

age_factors as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

weighted as (

    select
        candidates.*,
        age_factors.exit_multiplier * levels.exit_multiplier as first_year_weight
    from candidates
    inner join age_factors on candidates.age_at_hire = age_factors.completed_years
    inner join {{ ref('levels') }} as levels on candidates.level_id = levels.level_id

),

first_year_weights as (

    select cell, unit, {{ exact_sum('first_year_weight') }} / count(*) as mean_weight
    from weighted
    group by cell, unit

),

-- For the rest of the year; what is left of twelve months follows in the next one (int_exit_forces).
forces as (

    select
        weighted.*,
        cells.involuntary_share,
        needs.new_hire_exits,
        needs.exits_are_random,
        -ln(1 - needs.new_hire_termination_rate)
            * (weighted.first_year_weight / nullif(first_year_weights.mean_weight, 0))
            * ({{ year_end() }} - weighted.hire_date) / {{ days_in_year() }} as exit_force
    from weighted
    inner join first_year_weights on weighted.cell = first_year_weights.cell and weighted.unit = first_year_weights.unit
    inner join {{ ref('int_workforce_needs') }} as needs on weighted.cell = needs.cell and weighted.unit = needs.unit
    inner join {{ ref('cells') }} as cells on weighted.cell = cells.cell and {{ this_year('cells') }}

),

clocks as (

    select
        *,
        case when exit_force > 0
            then -ln(1 - {{ draw('termination', 'employee_id') }}) / exit_force
            else 'infinity'::double
        end as exit_clock
    from forces

),

ranked as (

    select *, row_number() over (partition by cell, unit order by exit_clock, employee_id) as exit_rank
    from clocks

),

leavers as (

    -- A clock that rings before 1 has a draw below the chance to leave.
    select *
    from ranked
    where case when exits_are_random then exit_clock < 1 else exit_rank <= new_hire_exits end

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
    {{ word('termination_reason', termination_reason()) }} as termination_reason
from dated
