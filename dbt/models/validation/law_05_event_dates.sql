{{ config(materialized='ephemeral') }}

-- No event outside employment or of another year; at most one exit; hire first; the sequence follows the dates.
with people as (

    select cell, person_key, employee_id, first_day, last_day, is_new_hire
    from {{ ref('int_workforce_of_year') }}
    where {{ in_slice('person_key') }}

),

events as (

    select
        person_key, event_type, effective_date, event_sequence,
        lag(effective_date) over (partition by person_key order by event_sequence) as date_before
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

exits as (

    select person_key, count(*) as number
    from {{ ref('int_events') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}
        and event_type = 'termination'
    group by person_key
    having count(*) > 1

)

select
    people.cell,
    case
        when events.effective_date not between {{ year_start() }} and {{ year_end() }} then 'event_of_another_year'
        when events.effective_date not between people.first_day and people.last_day then 'event_outside_employment'
        when events.event_type = 'hire' and (events.event_sequence <> 1 or not people.is_new_hire) then 'hire_comes_first'
        else 'sequence_follows_dates'
    end as rule,
    people.employee_id,
    concat(events.event_type, ' on ', events.effective_date) as detail
from events
inner join people on events.person_key = people.person_key
where
    events.effective_date not between people.first_day and people.last_day
    or events.effective_date not between {{ year_start() }} and {{ year_end() }}
    or (events.event_type = 'hire' and (events.event_sequence <> 1 or not people.is_new_hire))
    or events.date_before > events.effective_date

union all

select people.cell, 'at_most_one_exit', people.employee_id, exits.number || ' exits'
from people
inner join exits on people.person_key = exits.person_key
