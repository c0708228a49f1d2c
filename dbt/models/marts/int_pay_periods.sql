{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- Pay, deferral rate and eligibility within the year are piecewise constant. The periods tile the days employed, both
-- ends included; earned pay, deferrals and plan compensation are sums over them.
with people as (

    select
        people.person_key,
        people.first_day,
        people.last_day,
        people.opening_compensation,
        plan_state.deferral_rate,
        plan_state.eligibility_date,
        plan_state.match_entry_date,
        plan_state.core_entry_date
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

changes as (

    select
        person_key,
        first_day as effective_date,
        0 as step,
        opening_compensation as compensation,
        deferral_rate
    from people

    union all

    select person_key, effective_date, case event_type when 'promotion' then 1 else 2 end, compensation_after, null
    from {{ ref('int_compensation_events') }}
    where {{ in_slice('person_key') }}

    union all

    select
        person_key,
        effective_date,
        case event_type when 'deferral_change' then 3 when 'enrollment' then 4 when 'opt_out' then 5 else 6 end,
        null,
        deferral_rate_after
    from {{ ref('int_deferral_events') }}
    where {{ in_slice('person_key') }}

    union all

    select person_key, eligibility_date, 7, null, null
    from people
    where eligibility_date > first_day and eligibility_date <= last_day

    union all

    select person_key, match_entry_date, 7, null, null
    from people
    where match_entry_date > greatest(first_day, eligibility_date) and match_entry_date <= last_day

    union all

    select person_key, core_entry_date, 7, null, null
    from people
    where core_entry_date > greatest(first_day, eligibility_date) and core_entry_date <= last_day

),

filled as (

    select
        person_key,
        effective_date as period_start,
        last_value(compensation ignore nulls) over in_order as compensation,
        last_value(deferral_rate ignore nulls) over in_order as deferral_rate,
        lead(effective_date) over (partition by person_key order by effective_date, step) as next_start
    from changes
    window in_order as (
        partition by person_key order by effective_date, step rows between unbounded preceding and current row
    )

)

select
    filled.person_key,
    filled.period_start,
    coalesce(filled.next_start - 1, people.last_day) as period_end,
    (coalesce(filled.next_start, people.last_day + 1) - filled.period_start)::integer as days,
    filled.compensation,
    filled.deferral_rate,
    people.eligibility_date <= filled.period_start as is_eligible,
    people.match_entry_date <= filled.period_start as is_in_match,
    people.core_entry_date <= filled.period_start as is_in_core
from filled
inner join people on filled.person_key = people.person_key
where filled.next_start is null or filled.next_start > filled.period_start
