{{ config(materialized='ephemeral') }}

-- One snapshot row a person and year (over everybody), no two events of a person with one place and so one id, everybody in
-- the census or hired, nobody back after leaving.
with snapshot as (

    select person_key, detailed_status_code
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

events as (

    select cell, person_key, event_type, event_sequence
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

repeated as (

    select person_key, event_sequence, count(*) as times
    from events
    group by person_key, event_sequence
    having count(*) > 1

),

hired as (

    select distinct person_key
    from events
    where event_type = 'hire'

),

strangers as (

    select events.cell, events.person_key, min(events.event_type) as event_type
    from events
    anti join snapshot on events.person_key = snapshot.person_key
    group by events.cell, events.person_key

),

-- By number, and the id of those that are found: reading everybody's id would cost more than the rest.
found as (

    select 'new_hires_have_a_hire_event' as rule, snapshot.person_key, snapshot.detailed_status_code as detail
    from snapshot
    left join hired on snapshot.person_key = hired.person_key
    where (hired.person_key is not null) <> (snapshot.detailed_status_code in ('new_hire_active', 'new_hire_termination'))

    union all

    select 'nobody_returns' as rule, snapshot.person_key, 'left in ' || max(earlier.simulation_year)
    from snapshot
    inner join {{ source('state', 'fct_workforce_snapshot') }} as earlier on snapshot.person_key = earlier.person_key
    where
        earlier.simulation_year < {{ var('simulation_year') }}
        and earlier.employment_status = 'terminated'
        and {{ in_slice('earlier.person_key') }}
    group by snapshot.person_key

    union all

    select 'event_id_unique' as rule, person_key, times || ' events with the number ' || event_sequence
    from repeated

)

select people.cell, found.rule, people.employee_id, found.detail
from {{ ref('fct_workforce_snapshot') }} as people
inner join found on people.person_key = found.person_key
where {{ this_year('people') }}

union all

select cell, 'events_belong_to_somebody', concat('person ', person_key), event_type
from strangers

union all

select cell, 'one_row_a_person', employee_id, count(*) || ' rows'
from {{ ref('fct_workforce_snapshot') }}
where
    {{ this_year() }}
    and {{ in_slice_of_values('employee_id') }}
group by cell, employee_id
having count(*) > 1
