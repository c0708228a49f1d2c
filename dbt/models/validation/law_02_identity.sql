{{ config(materialized='ephemeral') }}

-- One snapshot row a person and year, event ids unique (both over everybody), everybody in the census or hired, nobody
-- back after leaving.
with snapshot as (

    select person_key, employee_id, detailed_status_code
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

events as (

    select person_key, employee_id, event_type
    from {{ ref('fct_yearly_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

repeated as (

    select event_id, count(*) as times
    from {{ ref('fct_yearly_events') }}
    where
        {{ this_year() }}
        and {{ in_slice_of_values('event_id') }}
    group by event_id
    having count(*) > 1

),

hired as (

    select distinct person_key
    from events
    where event_type = 'hire'

)

select 'one_row_a_person' as rule, employee_id, count(*) || ' rows' as detail
from {{ ref('fct_workforce_snapshot') }}
where
    {{ this_year() }}
    and {{ in_slice_of_values('employee_id') }}
group by employee_id
having count(*) > 1

union all

select distinct 'event_id_unique', events.employee_id, events.event_id::varchar || ' stands ' || repeated.times || ' times'
from {{ ref('fct_yearly_events') }} as events
inner join repeated on events.event_id = repeated.event_id
where {{ this_year('events') }}

union all

select 'new_hires_have_a_hire_event', snapshot.employee_id, snapshot.detailed_status_code
from snapshot
left join hired on snapshot.person_key = hired.person_key
where (hired.person_key is not null) <> (snapshot.detailed_status_code in ('new_hire_active', 'new_hire_termination'))

union all

select 'events_belong_to_somebody', events.employee_id, any_value(events.event_type)
from events
anti join snapshot on events.person_key = snapshot.person_key
group by events.employee_id
{%- if not is_first_year() %}

union all

select 'nobody_returns', snapshot.employee_id, 'left in ' || max(earlier.simulation_year)
from snapshot
inner join {{ source('state', 'fct_workforce_snapshot') }} as earlier on snapshot.person_key = earlier.person_key
where
    earlier.simulation_year < {{ var('simulation_year') }}
    and earlier.scenario_id = '{{ var("scenario_id") }}'
    and earlier.plan_design_id = '{{ var("plan_design_id") }}'
    and earlier.employment_status = 'terminated'
    and {{ in_slice('earlier.person_key') }}
group by snapshot.employee_id
{%- endif %}
