{{ config(materialized='view') }}

-- The events as people read them: with an id of their own, who it was, and the age and service on the day.
select
    md5(concat(people.scenario_id, '|', people.plan_design_id, '|', people.employee_id, '|', people.simulation_year, '|',
        events.event_type, '|', events.event_sequence))::uuid as event_id,
    events.cell,
    people.scenario_id,
    people.plan_design_id,
    events.person_key,
    people.employee_id,
    events.simulation_year,
    events.event_type,
    events.event_category,
    events.effective_date,
    events.event_sequence,
    events.compensation_before,
    events.compensation_after,
    events.level_before,
    events.level_after,
    events.deferral_rate_before,
    events.deferral_rate_after,
    coalesce(events.forfeiture_amount, events.compensation_after - events.compensation_before)::decimal(18, 2) as amount,
    events.reason,
    {{ completed_years('people.birth_date', 'events.effective_date') }} as employee_age,
    {{ completed_years('people.hire_date', 'events.effective_date') }} as employee_tenure
from {{ ref('int_events') }} as events
inner join {{ ref('fct_workforce_snapshot') }} as people
    on events.person_key = people.person_key and events.simulation_year = people.simulation_year
