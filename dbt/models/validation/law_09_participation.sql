{{ config(materialized='ephemeral') }}

{%- set highest = highest_election(maximum_rate('snapshot.is_hce'), 'snapshot.birth_date', 'snapshot.prior_year_compensation') %}

-- Eligibility never regresses, enrollment needs it, nobody is auto-enrolled after an opt-out, escalation happens at most
-- once a year and never above the cap, and so does a change of the person's own, which does what its name says.
with people as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        plan_state.eligibility_date,
        plan_state.ever_opted_out,
        cells.escalation_cap,
        cells.auto_enrollment_reenroll = 'yearly' as reenrolls
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

events as (

    select
        person_key,
        min(effective_date) filter (where event_type = 'enrollment') as enrolled_on,
        bool_or(event_type = 'enrollment' and event_category = 'auto') as auto_enrolled,
        count(*) filter (where event_type = 'deferral_escalation') as escalations,
        max(deferral_rate_after) filter (where event_type = 'deferral_escalation') as escalated_to,
        count(*) filter (where event_type = 'deferral_change' and event_category <> 'plan_maximum') as changes,
        count(*) filter (where event_type = 'eligibility') as eligibilities,
        min(effective_date) filter (where event_type = 'eligibility') as eligible_on
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type in ('enrollment', 'deferral_escalation', 'deferral_change', 'eligibility')
    group by person_key

)

select
    people.cell,
    case
        when events.enrolled_on < people.eligibility_date or (events.enrolled_on is not null and people.eligibility_date is null)
            then 'enrollment_needs_eligibility'
        when events.auto_enrolled and people.ever_opted_out and not people.reenrolls then 'no_auto_enrollment_after_opt_out'
        when events.escalations > 1 then 'one_escalation_a_year'
        when events.changes > 1 then 'one_change_of_ones_own_a_year'
        when events.eligibilities > 1 or events.eligible_on <> people.eligibility_date then 'one_eligibility_event'
        else 'escalation_up_to_the_cap'
    end as rule,
    people.employee_id,
    'enrolled on ' || coalesce(events.enrolled_on::varchar, '-') || ', eligible on ' || coalesce(people.eligibility_date::varchar, '-') as detail
from events
inner join people on events.person_key = people.person_key
where
    events.enrolled_on < people.eligibility_date
    or (events.enrolled_on is not null and people.eligibility_date is null)
    or (events.auto_enrolled and people.ever_opted_out and not people.reenrolls)
    or events.escalations > 1
    or events.changes > 1
    or events.eligibilities > 1
    or events.eligible_on <> people.eligibility_date
    or events.escalated_to > people.escalation_cap

union all

select
    snapshot.cell,
    case when snapshot.is_enrolled and not snapshot.is_eligible then 'enrolled_is_eligible' else 'eligibility_stays' end,
    snapshot.employee_id,
    'eligibility date ' || coalesce(snapshot.eligibility_date::varchar, '-')
from {{ ref('fct_workforce_snapshot') }} as snapshot
left join {{ source('state', 'fct_workforce_snapshot') }} as earlier
    on snapshot.person_key = earlier.person_key
        and {{ this_year('earlier', offset=-1) }}
        and {{ in_slice('earlier.person_key') }}
where
    {{ this_year('snapshot') }}
    and {{ in_slice('snapshot.person_key') }}
    and not snapshot.is_eligible
    and (snapshot.is_enrolled or earlier.is_eligible)

union all

select
    events.cell,
    'change_as_named',
    snapshot.employee_id,
    concat(events.event_category, ' from ', events.deferral_rate_before, ' to ', events.deferral_rate_after)
from {{ ref('int_events') }} as events
inner join {{ ref('fct_workforce_snapshot') }} as snapshot
    on events.person_key = snapshot.person_key
        and {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}
inner join {{ ref('cells') }} as cells on events.cell = cells.cell and {{ this_year('cells') }}
inner join {{ ref('int_match_in_force') }} as matches on events.cell = matches.cell
inner join {{ ref('int_plan_year_limits') }} as limits on events.cell = limits.cell
where
    {{ this_year('events') }}
    and {{ in_slice('events.person_key') }}
    and events.event_type = 'deferral_change'
    and case events.event_category
        when 'raised' then events.deferral_rate_after <= events.deferral_rate_before
            or events.deferral_rate_after > {{ highest }}
        when 'lowered' then events.deferral_rate_after >= events.deferral_rate_before or events.deferral_rate_after = 0
        when 'stopped' then events.deferral_rate_after > 0
        when 'match_response' then matches.match_ceiling = matches.known_ceiling
            or events.deferral_rate_after <> least(matches.match_ceiling, {{ highest }})
            or (events.deferral_rate_after > events.deferral_rate_before) <> (matches.match_ceiling > matches.known_ceiling)
        else events.deferral_rate_after <> {{ highest }}
    end

union all

select
    cell,
    'no_source_before_the_plan',
    employee_id,
    concat('plan ', eligibility_date, ', match ', match_entry_date, ', core ', core_entry_date)
from {{ ref('fct_workforce_snapshot') }}
where
    {{ this_year() }}
    and {{ in_slice('person_key') }}
    and least(match_entry_date, core_entry_date) < coalesce(eligibility_date, date '9999-12-31')
