{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- Everybody of the year as the nondiscrimination tests see them: money in cents, who is in which test, or why not. It stays
-- in the result, where fct_ndt_person reads it: as words and dollars, all of it once more, it would cost twice as much.
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

    select *, {{ months_between_entries('entry') }} as entry_months
    from {{ ref('cells') }} as cells
    where {{ this_year('cells') }}

),

limits as (

    select
        cell,
        {{ cents('compensation_limit') }} as pay_limit,
        {{ cents('annual_additions_limit') }} as additions_limit
    from {{ ref('int_plan_year_limits') }}

),

people as (

    select
        snapshot.* exclude (employee_contributions, catch_up_contributions, employer_match, employer_core),
        coalesce(snapshot.termination_date, {{ year_end() }}) as last_day,
        least({{ cents('snapshot.prorated_annual_compensation') }}, limits.pay_limit) as pay_415_cents,
        least({{ cents('snapshot.prorated_annual_compensation') }}, limits.additions_limit) as most_additions_cents,
        {{ cents('snapshot.employee_contributions') }} as deferral_cents,
        {{ cents('snapshot.catch_up_contributions') }} as catch_up_cents,
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
    inner join limits on snapshot.cell = limits.cell
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
            when people.is_eligible and cells.testing_compensation = 'from_entry' then {{ cents('people.plan_compensation') }}
            when people.is_eligible then people.pay_415_cents
            else 0
        end as pay_cents,
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
            when is_union_member then {{ test_group('union') }}
            when testing_otherwise_excludable <> 'separate' then {{ test_group('all') }}
            when is_statutory then {{ test_group('statutory') }}
            else {{ test_group('otherwise_excludable') }}
        end as test_group,
        case
            when not is_eligible then 'not_plan_eligible'
            when pay_cents = 0 then 'no_compensation'
            when is_left_out then 'long_term_part_time'
            when testing_otherwise_excludable = 'early_participation' and not is_hce and not is_statutory
                then 'otherwise_excludable'
        end as adp_out
    from grouped

)

select
    cell,
    person_key,
    {{ var('simulation_year') }} as simulation_year,
    is_hce,
    is_five_percent_owner as is_key,
    employment_status = 'active' as is_active,
    is_eligible,
    test_group,
    {{ word('ineligible_reason', 'adp_out') }} as adp_out,
    {{ word('ineligible_reason', "case when not has_match then 'no_match' else coalesce(match_out, adp_out) end") }} as acp_out,
    is_nonexcludable,
    is_nonexcludable and not left_early_for_match as is_nonexcludable_for_match,
    is_nonexcludable and not left_early_for_core as is_nonexcludable_for_core,
    has_match and match_out is null as benefits_from_match,
    age,
    pay_cents,
    pay_415_cents,
    deferral_cents,
    deferral_cents - catch_up_cents as amount_cents,
    {{ hundredths('deferral_cents - catch_up_cents', 'pay_cents') }} as ratio,
    match_cents,
    core_cents,
    {{ cents('(employer_balance - total_employer_contributions)') }} as opening_balance_cents,
    greatest(most_additions_cents - (deferral_cents - catch_up_cents + match_cents + core_cents), 0) as room_cents
from placed
