{{ config(materialized='ephemeral') }}

select
    people.cell,
    people.person_key,
    {{ var('simulation_year') }} as simulation_year,
    plan_state.eligibility_date as effective_date
from {{ ref('int_workforce_of_year') }} as people
inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
where
    plan_state.eligibility_date between people.first_day and people.last_day
    and {{ in_slice('people.person_key') }}
    and {{ in_slice('plan_state.person_key') }}
