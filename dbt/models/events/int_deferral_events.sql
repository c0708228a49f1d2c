{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- Every change of a deferral rate as one chain a person: reduction to the plan's maximum, a change of the person's own,
-- enrollment, opt-out, escalation, in this order on the same day. Each happens at most once a year, so the chain is
-- worked out side by side.
with cells as (

    select
        cell,
        escalation,
        escalation_scope,
        escalation_date,
        escalation_increment,
        escalation_delay_years,
        escalation_cap
    from {{ ref('cells') }}
    where {{ this_year() }}

),

enrolled as (

    select person_key, effective_date, enrollment_source, deferral_rate
    from {{ ref('int_enrollment_events') }}

),

opted_out as (

    select person_key, effective_date
    from {{ ref('int_opt_out_events') }}

),

changes as (

    select *
    from {{ ref('int_deferral_changes') }}

),

people as (

    select
        people.cell,
        people.person_key,
        people.first_day,
        people.last_day,
        plan_state.auto_escalation_opt_out,
        plan_state.deferral_rate as opening_rate,
        plan_state.maximum_rate,
        least(plan_state.deferral_rate, plan_state.maximum_rate) as allowed_rate,
        -- No step leads above what the plan allows.
        least(cells.escalation_cap, plan_state.plan_maximum_rate) as cap,
        cells.* exclude (cell, escalation_cap),
        changes.change,
        changes.effective_date as changed_on,
        changes.points,
        changes.upward,
        enrolled.effective_date as enrolled_on,
        enrolled.enrollment_source,
        enrolled.deferral_rate as enrolled_rate,
        plan_state.enrollment_source as source_before,
        opted_out.effective_date as opted_out_on,
        coalesce(enrolled.effective_date, plan_state.enrollment_date) as participating_since
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join cells on people.cell = cells.cell
    left join enrolled on people.person_key = enrolled.person_key
    left join opted_out on people.person_key = opted_out.person_key
    left join changes on people.person_key = changes.person_key
    where
        (plan_state.deferral_rate > 0 or enrolled.person_key is not null)
        and {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

on_escalation_day as (

    select
        *,
        case
            when opted_out_on <= escalation_date then 0
            when enrolled_on > escalation_date then 0
            when changed_on <= escalation_date then {{ rate_after_change('allowed_rate') }}
            else coalesce(enrolled_rate, allowed_rate)
        end::decimal(6, 4) as rate_on_day
    from people

),

escalated as (

    select
        *,
        escalation
            and rate_on_day > 0
            and rate_on_day < cap
            and not auto_escalation_opt_out
            and (escalation_scope = 'all' or coalesce(enrollment_source, source_before) = 'auto')
            and escalation_date between first_day and last_day
            and {{ anniversary('participating_since', 'escalation_delay_years') }} <= escalation_date as is_escalated,
        least(rate_on_day + escalation_increment, cap)::decimal(6, 4) as escalated_rate
    from on_escalation_day

),

chained as (

    select
        *,
        case when is_escalated and escalation_date < changed_on then escalated_rate else allowed_rate end as rate_before_change
    from escalated

)

select
    cell,
    person_key,
    {{ the_word('event_type', 'deferral_change') }} as event_type,
    {{ the_word('event_category', 'plan_maximum') }} as event_category,
    first_day as effective_date,
    opening_rate as deferral_rate_before,
    allowed_rate as deferral_rate_after
from escalated
where opening_rate > allowed_rate

union all

select
    cell,
    person_key,
    {{ the_word('event_type', 'deferral_change') }} as event_type,
    {{ word('event_category', 'change') }} as event_category,
    changed_on as effective_date,
    rate_before_change as deferral_rate_before,
    {{ rate_after_change('rate_before_change') }} as deferral_rate_after
from chained
where change is not null and rate_before_change <> {{ rate_after_change('rate_before_change') }}

union all

select
    cell,
    person_key,
    {{ the_word('event_type', 'enrollment') }} as event_type,
    {{ word('event_category', 'enrollment_source') }} as event_category,
    enrolled_on as effective_date,
    0::decimal(6, 4) as deferral_rate_before,
    enrolled_rate as deferral_rate_after
from escalated
where enrolled_on is not null

union all

select
    cell,
    person_key,
    {{ the_word('event_type', 'opt_out') }} as event_type,
    {{ the_word('event_category', 'auto') }} as event_category,
    opted_out_on as effective_date,
    case
        when is_escalated and escalation_date < opted_out_on then escalated_rate
        else coalesce(enrolled_rate, allowed_rate)
    end as deferral_rate_before,
    0::decimal(6, 4) as deferral_rate_after
from escalated
where opted_out_on is not null

union all

select
    cell,
    person_key,
    {{ the_word('event_type', 'deferral_escalation') }} as event_type,
    {{ the_word('event_category', 'auto_escalation') }} as event_category,
    escalation_date as effective_date,
    rate_on_day as deferral_rate_before,
    escalated_rate as deferral_rate_after
from escalated
where is_escalated
