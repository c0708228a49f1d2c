{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The event store: everything that happened to anybody, append-only by year. It stays in the result, where
-- fct_yearly_events adds what follows from the person. Events of one day follow on each other as their types are listed.
with people as (

    select cell, person_key, hire_date, is_new_hire, termination_date, termination_reason, opening_compensation, level_id
    from {{ ref('int_workforce_of_year') }}
    where {{ in_slice('person_key') }}

),

happened as (

    select
        cell, person_key, {{ the_word('event_type', 'hire') }} as event_type,
        {{ the_word('event_category', 'new_hire') }} as event_category, hire_date as effective_date,
        null::decimal(18, 2) as compensation_before, opening_compensation as compensation_after,
        null::integer as level_before, level_id as level_after,
        null::decimal(6, 4) as deferral_rate_before, null::decimal(6, 4) as deferral_rate_after,
        null::decimal(18, 2) as forfeiture_amount, null as reason
    from people
    where is_new_hire

    union all

    select
        cell, person_key, {{ the_word('event_type', 'eligibility') }}, {{ the_word('event_category', 'plan_entry') }}, effective_date,
        null, null, null, null, null, null, null, null
    from {{ ref('int_eligibility_events') }}
    where {{ in_slice('person_key') }}

    union all

    select
        cell, person_key, event_type,
        case event_type when 'promotion'
            then {{ the_word('event_category', 'level_change') }}
            else {{ the_word('event_category', 'merit_and_cola') }}
        end,
        effective_date,
        compensation_before, compensation_after, level_before, level_after, null, null, null, null
    from {{ ref('int_compensation_events') }}
    where {{ in_slice('person_key') }}

    union all

    select
        cell, person_key, event_type, event_category, effective_date,
        null, null, null, null, deferral_rate_before, deferral_rate_after, null, null
    from {{ ref('int_deferral_events') }}
    where {{ in_slice('person_key') }}

    union all

    select
        cell, person_key, {{ the_word('event_type', 'termination') }},
        case when is_new_hire
            then {{ the_word('event_category', 'new_hire') }}
            else {{ the_word('event_category', 'experienced') }}
        end,
        termination_date,
        null, null, null, null, null, null, null, termination_reason
    from people
    where termination_date is not null

    union all

    select
        cell, person_key, {{ the_word('event_type', 'forfeiture') }},
        {{ the_word('event_category', 'unvested_employer_money') }}, termination_date,
        null, null, null, null, null, null, forfeiture_amount, termination_reason
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and forfeiture_amount > 0
        and {{ in_slice('person_key') }}

)

select
    cell,
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    event_type,
    event_category,
    effective_date,
    row_number() over (partition by person_key order by effective_date, event_type)::integer as event_sequence,
    compensation_before,
    compensation_after,
    level_before,
    level_after,
    deferral_rate_before,
    deferral_rate_after,
    forfeiture_amount,
    reason
from happened
