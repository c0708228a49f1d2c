{{ config(materialized='table') }}

-- Whether the year is a partial termination of the plan (IRC 411(d)(3), Rev. Rul. 2007-43): the employer has ended the
-- employment of 20% of those who were participants when it began or became so in it.
with participants as (

    select
        people.cell,
        count(*) as participants,
        count(*) filter (where people.termination_reason in ('involuntary', 'reduction_in_force')) as exits_by_employer
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    where plan_state.eligibility_date <= people.last_day
    group by people.cell

)

select
    cells.cell,
    {{ share('coalesce(participants.exits_by_employer, 0)', 'participants.participants') }} as turnover_rate,
    cells.partial_termination = 'presume'
        and coalesce(participants.exits_by_employer * 5 >= participants.participants, false) as is_partial_termination
from {{ ref('cells') }} as cells
left join participants on cells.cell = participants.cell
where {{ this_year('cells') }}
