{{ config(materialized='table', tags=['heavy_transform']) }}

-- Who of the opening workforce leaves: drawn without replacement with the hazard as weight. The quota says how many,
-- the hazards say who: the smallest values of an exponential clock that runs at the speed of each person's hazard. Where
-- exits are random, those leave whose draw is below their own chance, and after them by the clock whom a reduction in
-- force takes.
with drawn as (

    select
        cell,
        unit,
        person_key,
        employee_id,
        random_seed,
        birth_date,
        exit_hazard,
        {{ draw('termination', 'employee_id') }} as u
    from {{ ref('int_opening_workforce') }}

),

clocks as (

    select
        drawn.* exclude (exit_hazard, u),
        needs.planned_exits,
        needs.experienced_exits,
        needs.exits_are_random and drawn.u < {{ exit_probability('drawn.exit_hazard', 'needs.exit_scale') }} as leaves_by_chance,
        case when drawn.exit_hazard > 0 then -ln(1 - drawn.u) / drawn.exit_hazard else 'infinity'::double end as exit_clock
    from drawn
    inner join {{ ref('int_workforce_needs') }} as needs on drawn.cell = needs.cell and drawn.unit = needs.unit

),

ranked as (

    select
        * exclude (exit_clock, leaves_by_chance),
        row_number() over (partition by cell, unit order by leaves_by_chance desc, exit_clock, employee_id) as exit_rank
    from clocks

),

leavers as (

    select
        ranked.*,
        cells.retirement_age,
        cells.involuntary_share
    from ranked
    inner join {{ ref('int_cells') }} as cells on ranked.cell = cells.cell
    where ranked.exit_rank <= ranked.experienced_exits

),

dated as (

    select
        *,
        {{ year_start() }} + {{ draw_days(draw('termination_date', 'employee_id'), days_in_year()) }} as termination_date
    from leavers

)

select
    cell,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    termination_date,
    {{ termination_reason('birth_date', 'termination_date', 'exit_rank > planned_exits') }} as termination_reason
from dated
