{{ config(materialized='ephemeral') }}

-- Each `before` is what the event before it left: pay, level and deferral rate.
with opening as (

    select person_key, opening_compensation, level_id, deferral_rate
    from {{ ref('int_workforce_of_year') }}
    where {{ in_slice('person_key') }}

),

events as (

    select
        person_key, employee_id, event_type, event_sequence,
        compensation_before, compensation_after, level_before, level_after, deferral_rate_before, deferral_rate_after
    from {{ ref('fct_yearly_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type in ('promotion', 'raise', 'deferral_change', 'enrollment', 'opt_out', 'deferral_escalation')

),

linked as (

    select
        events.*,
        opening.opening_compensation,
        opening.level_id,
        opening.deferral_rate,
        lag(compensation_after) over chain as compensation_left,
        lag(level_after) over chain as level_left,
        lag(deferral_rate_after) over chain as deferral_rate_left
    from events
    inner join opening on events.person_key = opening.person_key
    window chain as (
        partition by events.person_key, events.compensation_after is null order by events.event_sequence
    )

)

select
    event_type || '_starts_where_the_last_ended' as rule,
    employee_id,
    case
        when compensation_after is not null then concat(
            'pay ', compensation_before, ', in force ', coalesce(compensation_left, opening_compensation),
            '; level ', level_before, ', in force ', coalesce(level_left, level_id)
        )
        else concat('deferral rate ', deferral_rate_before, ', in force ', coalesce(deferral_rate_left, deferral_rate))
    end as detail
from linked
where
    case
        when compensation_after is not null then
            compensation_before is distinct from coalesce(compensation_left, opening_compensation)
            or level_before is distinct from coalesce(level_left, level_id)
        else deferral_rate_before is distinct from coalesce(deferral_rate_left, deferral_rate)
    end
