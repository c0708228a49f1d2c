{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- Everybody of the year as the nondiscrimination tests see them: money in cents, who is in which test, or why not. It stays
-- in the result, where fct_ndt_person reads it: as words and dollars, all of it once more, it would cost twice as much.
-- Writing it is half of its cost, so what a test asks of few people stands in the snapshot alone.
with matches as (

    select person_key, ineligible_reason as match_out
    from {{ ref('fct_employer_match') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

cores as (

    select person_key, ineligible_reason as core_out
    from {{ ref('fct_employer_core') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

cells as (

    select
        cells.cell,
        cells.entry_minimum_age,
        cells.entry_waiting_days,
        cells.entry_service_days,
        cells.entry_service_months,
        cells.entry_service_years,
        cells.entry_service_hours,
        {{ months_between_entries('entry') }} as entry_months,
        cells.service_completed,
        cells.match_family,
        cells.match_minimum_service_years,
        cells.core_minimum_service_years,
        cells.testing_compensation,
        cells.testing_otherwise_excludable,
        cells.testing_leaves_out_long_term_part_time
    from {{ ref('cells') }} as cells
    where {{ this_year('cells') }}

),

people as (

    select
        snapshot.cell,
        snapshot.person_key,
        snapshot.is_hce,
        snapshot.is_eligible,
        snapshot.is_union_member,
        snapshot.employment_status,
        snapshot.hire_date,
        snapshot.eligibility_date,
        snapshot.scheduled_hours_per_week,
        snapshot.hours_worked,
        coalesce(snapshot.termination_date, {{ year_end() }}) as last_day,
        case
            when not snapshot.is_eligible then 0
            when cells.testing_compensation = 'from_entry' then {{ cents('snapshot.plan_compensation') }}
            else {{ pay_of_415_cents() }}
        end as pay_cents,
        {{ cents('snapshot.employee_contributions') }} as deferral_cents,
        {{ cents('snapshot.employee_contributions - snapshot.catch_up_contributions') }} as amount_cents,
        {{ cents('snapshot.employer_match') }} as match_cents,
        {{ cents('snapshot.employer_core') }} as core_cents,
        matches.match_out,
        cores.core_out,
        -- Dates are dear, so each is worked out for those alone whom it decides for.
        case when snapshot.eligibility_date is null then {{ met_by_rule('entry', 'snapshot') }} end as met_on,
        case when cells.testing_otherwise_excludable <> 'together' then
            greatest({{ anniversary('snapshot.birth_date', 21) }}, {{ anniversary('snapshot.hire_date', 1) }})
        end as minimum_age_and_service_on
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join matches on snapshot.person_key = matches.person_key
    inner join cores on snapshot.person_key = cores.person_key
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    inner join cells on snapshot.cell = cells.cell
    where
        {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}

),

-- A year of service takes 1000 hours. Statutory entry is on the next 1 January or six months later (IRC 410(a)(4)).
grouped as (

    select
        people.*,
        case
            when people.scheduled_hours_per_week * 52 < 1000 then false
            else least(
                (date_trunc('year', people.minimum_age_and_service_on) + interval '1 year')::date,
                (people.minimum_age_and_service_on + interval '6 months')::date
            ) <= people.last_day
        end as is_statutory,
        -- In the plan for two years of 500 hours alone, and left out for it (IRC 401(k)(15)(B)(i)(II)).
        cells.testing_leaves_out_long_term_part_time
            and people.scheduled_hours_per_week * 52 >= 500
            and people.scheduled_hours_per_week * 52 < cells.entry_service_hours as is_left_out,
        -- Who has not met age and service is excludable; who is in an excluded class is not.
        case
            when people.is_eligible then not is_left_out
            when people.eligibility_date is not null then false
            else coalesce({{ entry_by_rule('people.met_on', 'entry') }} <= people.last_day, false)
        end as is_nonexcludable,
        {{ left_early('match') }} as left_early_for_match,
        {{ left_early('core') }} as left_early_for_core,
        cells.testing_otherwise_excludable,
        cells.match_family <> 'none' as has_match
    from people
    inner join cells on people.cell = cells.cell

),

placed as (

    select
        *,
        case
            when not is_eligible then {{ the_word('ineligible_reason', 'not_plan_eligible') }}
            when pay_cents = 0 then {{ the_word('ineligible_reason', 'no_compensation') }}
            when is_left_out then {{ the_word('ineligible_reason', 'long_term_part_time') }}
            when testing_otherwise_excludable = 'early_participation' and not is_hce and not is_statutory
                then {{ the_word('ineligible_reason', 'otherwise_excludable') }}
        end as adp_out
    from grouped

)

select
    cell,
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    is_hce,
    case
        when is_union_member then {{ test_group('union') }}
        when testing_otherwise_excludable <> 'separate' then {{ test_group('all') }}
        when is_statutory then {{ test_group('statutory') }}
        else {{ test_group('otherwise_excludable') }}
    end as test_group,
    adp_out,
    case when not has_match then {{ the_word('ineligible_reason', 'no_match') }} else coalesce(match_out, adp_out) end as acp_out,
    is_nonexcludable,
    is_nonexcludable and not left_early_for_match as is_nonexcludable_for_match,
    is_nonexcludable and not left_early_for_core as is_nonexcludable_for_core,
    has_match and match_out is null as benefits_from_match,
    pay_cents,
    deferral_cents,
    amount_cents,
    match_cents,
    core_cents
from placed
