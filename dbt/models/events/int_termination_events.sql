{{ config(materialized='table', tags=['heavy_transform']) }}

-- Who of the opening workforce leaves: drawn without replacement with the hazard as weight. The quota says how many,
-- the hazards say who: the smallest values of an exponential clock that runs at the speed of each person's hazard.
with clocks as (

    select
        cell,
        person_key,
        employee_id,
        random_seed,
        birth_date,
        case when exit_hazard > 0
            then -ln(1 - {{ draw('termination', 'employee_id') }}) / exit_hazard
            else 'infinity'::double
        end as exit_clock
    from {{ ref('int_opening_workforce') }}

),

ranked as (

    select
        * exclude (exit_clock),
        row_number() over (partition by cell order by exit_clock, employee_id) as exit_rank
    from clocks

),

leavers as (

    select
        ranked.*,
        cells.retirement_age,
        cells.involuntary_share,
        needs.planned_exits
    from ranked
    inner join {{ ref('int_workforce_needs') }} as needs on ranked.cell = needs.cell
    inner join {{ ref('int_cells') }} as cells on ranked.cell = cells.cell
    where ranked.exit_rank <= needs.experienced_exits

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
