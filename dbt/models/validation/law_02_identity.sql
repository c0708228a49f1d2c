{{ config(materialized='ephemeral') }}

-- One snapshot row a person and year, event ids unique (both over everybody), everybody in the census or hired, nobody
-- back after leaving.
with snapshot as (

    select person_key, detailed_status_code
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

events as (

    select person_key, event_type
    from {{ ref('fct_yearly_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

repeated as (

    select cell, event_id, count(*) as times
    from {{ ref('fct_yearly_events') }}
    where
        {{ this_year() }}
        and {{ in_slice_of_values('event_id') }}
    group by cell, event_id
    having count(*) > 1

),

hired as (

    select distinct person_key
    from events
    where event_type = 'hire'

),

strangers as (

    select events.person_key, min(events.event_type) as event_type
    from events
    anti join snapshot on events.person_key = snapshot.person_key
    group by events.person_key

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

)

select people.cell, found.rule, people.employee_id, found.detail
from {{ ref('fct_workforce_snapshot') }} as people
inner join found on people.person_key = found.person_key
where {{ this_year('people') }}

union all

select distinct events.cell, 'events_belong_to_somebody', events.employee_id, strangers.event_type
from {{ ref('fct_yearly_events') }} as events
inner join strangers on events.person_key = strangers.person_key
where {{ this_year('events') }}

union all

select cell, 'one_row_a_person', employee_id, count(*) || ' rows'
from {{ ref('fct_workforce_snapshot') }}
where
    {{ this_year() }}
    and {{ in_slice_of_values('employee_id') }}
group by cell, employee_id
having count(*) > 1

union all

select distinct events.cell, 'event_id_unique', events.employee_id, events.event_id::varchar || ' stands ' || repeated.times || ' times'
from {{ ref('fct_yearly_events') }} as events
inner join repeated on events.cell = repeated.cell and events.event_id = repeated.event_id
where {{ this_year('events') }}
