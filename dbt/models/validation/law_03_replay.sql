{{ config(materialized='ephemeral') }}

-- Replaying a person's events from what the year before left gives the snapshot's pay, level, deferral rate, enrollment
-- and status.
with opening as (

    select
        people.person_key, people.current_compensation, people.level_id, people.deferral_rate,
        false as ever_opted_out, 0 as escalation_count
    from {{ ref('int_baseline_workforce') }} as people
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where
        cells.is_first_year
        and {{ in_slice('people.person_key') }}

    union all

    select person_key, current_compensation, level_id, deferral_rate, ever_opted_out, escalation_count
    from {{ source('state', 'fct_workforce_snapshot') }}
    where
        {{ this_year(offset=-1) }}
        and employment_status = 'active'
        and {{ in_slice('person_key') }}

),

replayed as (

    select
        person_key,
        arg_max(compensation_after, event_sequence) as compensation,
        arg_max(level_after, event_sequence) as level_id,
        arg_max(deferral_rate_after, event_sequence) as deferral_rate,
        bool_or(event_type = 'opt_out') as opted_out,
        bool_or(event_type = 'termination') as left_company,
        count(*) filter (where event_type = 'deferral_escalation') as escalations
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
    group by person_key

),

snapshot as (

    select
        cell, person_key, employee_id, current_compensation, level_id, deferral_rate, is_enrolled, ever_opted_out,
        escalation_count, employment_status
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

compared as (

    select
        snapshot.cell,
        snapshot.employee_id,
        snapshot.current_compensation is distinct from coalesce(replayed.compensation, opening.current_compensation) as pay_differs,
        snapshot.level_id is distinct from coalesce(replayed.level_id, opening.level_id) as level_differs,
        snapshot.deferral_rate is distinct from coalesce(replayed.deferral_rate, opening.deferral_rate, 0) as rate_differs,
        snapshot.is_enrolled is distinct from (coalesce(replayed.deferral_rate, opening.deferral_rate, 0) > 0) as enrollment_differs,
        snapshot.ever_opted_out is distinct from (coalesce(opening.ever_opted_out, false) or coalesce(replayed.opted_out, false)) as opt_out_differs,
        snapshot.escalation_count is distinct from (coalesce(opening.escalation_count, 0) + coalesce(replayed.escalations, 0)) as escalations_differ,
        (snapshot.employment_status = 'terminated') is distinct from coalesce(replayed.left_company, false) as status_differs
    from snapshot
    left join opening on snapshot.person_key = opening.person_key
    left join replayed on snapshot.person_key = replayed.person_key

)

select
    cell,
    'replay' as rule,
    employee_id,
    concat_ws(', ',
        case when pay_differs then 'pay' end, case when level_differs then 'level' end,
        case when rate_differs then 'deferral rate' end, case when enrollment_differs then 'enrollment' end,
        case when opt_out_differs then 'opt-out' end, case when escalations_differ then 'escalations' end,
        case when status_differs then 'status' end) || ' not explained by events' as detail
from compared
where pay_differs or level_differs or rate_differs or enrollment_differs or opt_out_differs or escalations_differ or status_differs
