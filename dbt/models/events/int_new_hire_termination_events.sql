{{ config(materialized='table', tags=['heavy_transform']) }}

-- Hires of the year who leave in it: drawn like everybody who leaves, with the force of a first year of service over the
-- part of the year that is left to each, so that hires of December hardly leave in December.
with candidates as (

    select
        cell,
        person_key,
        employee_id,
        random_seed,
        hire_date,
        level_id,
        {{ completed_years('birth_date', 'hire_date') }} as age_at_hire
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

    select cell, sum(people * first_year_weight order by first_year_weight) / sum(people) as mean_weight
    from (
        select cell, first_year_weight, count(*) as people
        from weighted
        group by cell, first_year_weight
    )
    group by cell

),

-- For the rest of the year; what is left of twelve months follows in the next one (int_exit_forces).
forces as (

    select
        weighted.*,
        cells.involuntary_share,
        -ln(1 - cells.new_hire_termination_rate)
            * coalesce(weighted.first_year_weight / nullif(first_year_weights.mean_weight, 0), 0)
            * ({{ year_end() }} - weighted.hire_date) / {{ days_in_year() }} as exit_force
    from weighted
    inner join first_year_weights on weighted.cell = first_year_weights.cell
    inner join {{ ref('int_cells') }} as cells on weighted.cell = cells.cell

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

    select *, row_number() over (partition by cell order by exit_clock, employee_id) as exit_rank
    from clocks

),

leavers as (

    select ranked.*
    from ranked
    inner join {{ ref('int_workforce_needs') }} as needs on ranked.cell = needs.cell
    where ranked.exit_rank <= needs.new_hire_exits

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
    {{ termination_reason() }} as termination_reason
from dated
