{{ config(materialized='view') }}

-- The tests person by person, with who it was.
select
    tested.cell,
    snapshot.scenario_id,
    snapshot.plan_design_id,
    tested.person_key,
    snapshot.employee_id,
    tested.* exclude (cell, person_key)
from {{ ref('int_ndt_by_person') }} as tested
inner join {{ ref('fct_workforce_snapshot') }} as snapshot
    on tested.person_key = snapshot.person_key and tested.simulation_year = snapshot.simulation_year
