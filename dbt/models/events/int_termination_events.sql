{{ config(materialized='table', tags=['heavy_transform']) }}

-- Who of the opening workforce leaves: drawn without replacement with the hazard as weight. The quota says how many,
-- the hazards say who: the smallest values of an exponential clock that runs at the speed of each person's hazard.
with clocks as (

    select
        person_key,
        employee_id,
        birth_date,
        case when exit_hazard > 0
            then -ln(1 - {{ draw('termination', 'employee_id') }}) / exit_hazard
            else 'infinity'::double
        end as exit_clock
    from {{ ref('int_opening_workforce') }}

),

quota as (

    select experienced_exits, planned_exits
    from {{ ref('int_workforce_needs') }}

),

leavers as (

    select
        person_key,
        employee_id,
        birth_date,
        row_number() over (order by exit_clock, employee_id) as exit_rank
    from clocks
    qualify exit_rank <= (select experienced_exits from quota)

),

dated as (

    select
        *,
        {{ year_start() }} + {{ draw_days(draw('termination_date', 'employee_id'), days_in_year()) }} as termination_date
    from leavers

)

select
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    termination_date,
    {{ termination_reason('birth_date', 'termination_date', 'exit_rank > (select planned_exits from quota)') }} as termination_reason
from dated
