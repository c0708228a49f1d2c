{{ config(materialized='ephemeral') }}

-- Opt-outs that fall into this year while the person is employed: of this year's automatic enrollments, and of last
-- year's late ones.
select
    people.person_key,
    coalesce(decisions.opt_out_date, plan_state.pending_opt_out_date) as effective_date
from {{ ref('int_workforce_of_year') }} as people
inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
left join {{ ref('int_enrollment_decisions') }} as decisions on people.person_key = decisions.person_key
where
    coalesce(decisions.opt_out_date, plan_state.pending_opt_out_date) <= people.last_day
    and {{ in_slice('people.person_key') }}
    and {{ in_slice('plan_state.person_key') }}
