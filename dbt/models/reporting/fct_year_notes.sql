{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- What a reader of the year's results must know about its assumptions, in sentences; most years have nothing.
with without_turnover as (

    select forces.cell, sum(forces.exit_probability) as expected
    from {{ ref('int_exit_forces') }} as forces
    where not forces.is_known_to_leave
    group by forces.cell

),

told as (

    select
        needs.cell,
        1 as position,
        printf(
            'Retirements and exits of recent hires alone come to %.1f; the turnover rate asks for %.1f exits, so nobody else leaves.',
            without_turnover.expected, needs.expected_exits
        ) as note
    from {{ ref('int_workforce_needs') }} as needs
    inner join without_turnover on needs.cell = without_turnover.cell
    -- Where turnover runs at all, the probabilities add up to what is expected.
    where without_turnover.expected > needs.expected_exits + 0.05

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
    cells.simulation_year,
    told.position,
    told.note
from told
inner join {{ ref('int_cells') }} as cells on told.cell = cells.cell
