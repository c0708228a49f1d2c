{{ config(materialized='ephemeral') }}

select
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    eligibility_date as effective_date
from {{ ref('int_workforce_of_year') }}
where
    eligibility_date between first_day and last_day
    and {{ in_slice('person_key') }}
