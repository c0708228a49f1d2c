{{ config(materialized='ephemeral') }}

-- Each `before` is what the event before it left: pay and level in one chain, deferral rates in the other.
with pay as (

    select
        person_key, event_type, compensation_before, level_before,
        lag(compensation_after) over chain as compensation_left,
        lag(level_after) over chain as level_left
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type in ('promotion', 'raise')
    window chain as (partition by person_key order by event_sequence)

),

rates as (

    select
        person_key, event_type, deferral_rate_before,
        lag(deferral_rate_after) over (partition by person_key order by event_sequence) as deferral_rate_left
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type in ('deferral_change', 'enrollment', 'opt_out', 'deferral_escalation')

),

-- By number, and the id of those that are found: carrying everybody's id would cost more than the rest.
found as (

    select
        pay.person_key,
        pay.event_type,
        concat(
            'pay ', pay.compensation_before, ', in force ', coalesce(pay.compensation_left, opening.opening_compensation),
            '; level ', pay.level_before, ', in force ', coalesce(pay.level_left, opening.level_id)
        ) as detail
    from pay
    inner join {{ ref('int_workforce_of_year') }} as opening on pay.person_key = opening.person_key
    where
        {{ in_slice('opening.person_key') }}
        and (
            pay.compensation_before is distinct from coalesce(pay.compensation_left, opening.opening_compensation)
            or pay.level_before is distinct from coalesce(pay.level_left, opening.level_id)
        )

    union all

    select
        rates.person_key,
        rates.event_type,
        concat(
            'deferral rate ', rates.deferral_rate_before,
            ', in force ', coalesce(rates.deferral_rate_left, opening.deferral_rate)
        )
    from rates
    inner join {{ ref('int_plan_state_of_year') }} as opening on rates.person_key = opening.person_key
    where
        {{ in_slice('opening.person_key') }}
        and rates.deferral_rate_before is distinct from coalesce(rates.deferral_rate_left, opening.deferral_rate)

)

select
    people.cell,
    found.event_type || '_starts_where_the_last_ended' as rule,
    people.employee_id,
    found.detail
from {{ ref('int_workforce_of_year') }} as people
inner join found on people.person_key = found.person_key
where {{ in_slice('people.person_key') }}
