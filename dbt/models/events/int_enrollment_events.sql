{{ config(materialized='ephemeral') }}

-- Decisions that take effect while the person is employed this year.
select
    decisions.person_key,
    decisions.enrollment_date as effective_date,
    decisions.enrollment_source,
    decisions.deferral_rate
from {{ ref('int_enrollment_decisions') }} as decisions
inner join {{ ref('int_workforce_of_year') }} as people on decisions.person_key = people.person_key
where
    decisions.enrollment_date <= people.last_day
    and {{ in_slice('people.person_key') }}
