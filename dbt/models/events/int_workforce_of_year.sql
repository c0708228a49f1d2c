{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_needs') }}

-- Everybody who is employed at some time of the year, from the first to the last day. All later models start from here.
with opening as (

    select * exclude (turnover_weight, retirement_force, first_year_weight, known_termination_date), false as is_new_hire
    from {{ ref('int_opening_workforce') }}
    where {{ in_slice('person_key') }}

),

hired as (

    select
        cell,
        unit,
        person_key,
        employee_id,
        birth_date,
        hire_date,
        level_id,
        annual_compensation as opening_compensation,
        scheduled_hours_per_week,
        false as is_five_percent_owner,
        false as is_union_member,
        age_at_hire as opening_age,
        0 as opening_tenure,
        random_seed,
        0::double as promotion_probability,
        groups,
        true as is_new_hire
    from {{ ref('int_hiring_events') }}
    where {{ in_slice('person_key') }}

),

people as (

    select * from opening
    union all by name
    select * from hired

),

exits as (

    select person_key, termination_date, termination_reason from {{ ref('int_termination_events') }}
    union all
    select person_key, termination_date, termination_reason from {{ ref('int_new_hire_termination_events') }}

)

select
    people.*,
    greatest(people.hire_date, {{ year_start() }}) as first_day,
    exits.termination_date,
    exits.termination_reason,
    coalesce(exits.termination_date, {{ year_end() }}) as last_day,
    {{ completed_when_last_here('people.birth_date', 'exits.termination_date') }} as age,
    {{ completed_when_last_here('people.hire_date', 'exits.termination_date') }} as tenure_years,
    {{ service_when_last_here('people.hire_date', 'exits.termination_date') }} as service_years
from people
inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
left join exits on people.person_key = exits.person_key
