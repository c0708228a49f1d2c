{{ config(materialized='ephemeral') }}

-- Each `before` is what the event before it left: pay, level and deferral rate.
with opening as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        people.opening_compensation,
        people.level_id,
        plan_state.deferral_rate
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

events as (

    select
        person_key, event_type, event_sequence,
        compensation_before, compensation_after, level_before, level_after, deferral_rate_before, deferral_rate_after
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type in ('promotion', 'raise', 'deferral_change', 'enrollment', 'opt_out', 'deferral_escalation')

),

linked as (

    select
        *,
        lag(compensation_after) over chain as compensation_left,
        lag(level_after) over chain as level_left,
        lag(deferral_rate_after) over chain as deferral_rate_left
    from events
    window chain as (partition by person_key, compensation_after is null order by event_sequence)

),

in_force as (

    select
        linked.*,
        opening.cell,
        opening.employee_id,
        coalesce(linked.compensation_left, opening.opening_compensation) as compensation_in_force,
        coalesce(linked.level_left, opening.level_id) as level_in_force,
        coalesce(linked.deferral_rate_left, opening.deferral_rate) as deferral_rate_in_force
    from linked
    inner join opening on linked.person_key = opening.person_key

)

select
    cell,
    event_type || '_starts_where_the_last_ended' as rule,
    employee_id,
    case
        when compensation_after is not null then concat(
            'pay ', compensation_before, ', in force ', compensation_in_force,
            '; level ', level_before, ', in force ', level_in_force
        )
        else concat('deferral rate ', deferral_rate_before, ', in force ', deferral_rate_in_force)
    end as detail
from in_force
where
    case
        when compensation_after is not null then
            compensation_before is distinct from compensation_in_force
            or level_before is distinct from level_in_force
        else deferral_rate_before is distinct from deferral_rate_in_force
    end
