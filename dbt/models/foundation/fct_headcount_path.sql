{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- What rounding leaves to the next year: the headcount along the path, and the parts of an exit that were not due yet.
select
    needs.cell,
    cells.scenario_id,
    cells.plan_design_id,
    needs.unit,
    needs.simulation_year,
    needs.headcount_path::decimal(18, 9) as headcount_path,
    round(needs.exits_carried, 9)::decimal(18, 9) as exits_carried,
    round(needs.new_hire_exits_carried, 9)::decimal(18, 9) as new_hire_exits_carried
from {{ ref('int_workforce_needs') }} as needs
inner join {{ ref('cells') }} as cells on needs.cell = cells.cell and {{ this_year('cells') }}
