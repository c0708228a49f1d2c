{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set entry_dates = {'entry': 'eligibility_date', 'match_entry': 'match_entry_date', 'core_entry': 'core_entry_date'} %}

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
        cells.*,
        {%- for rule in entry_dates %}
        {{ months_between_entries(rule) }} as {{ rule }}_months{{ ',' if not loop.last }}
        {%- endfor %}
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
        snapshot.match_entry_date,
        snapshot.core_entry_date,
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
        {%- for rule, entry_date in entry_dates.items() %}
        case when snapshot.{{ entry_date }} is null then {{ met_by_rule(rule, 'snapshot') }} end as {{ rule }}_met_on,
        {%- endfor %}
        case when cells.testing_otherwise_excludable <> 'together' then
            greatest(
                {{ anniversary('snapshot.birth_date', 21) }},
                {{ anniversary('snapshot.hire_date', 1) }} - (cells.service_completed = 'day_before')::integer
            )
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
        -- Who has not met age and service is excludable; who is in an excluded class is not. Match and core are plans of
        -- their own (1.410(b)-7(c)(1)), with an age and a service of their own.
        case
            when people.is_eligible then not is_left_out
            else {{ has_met_entry('entry', 'eligibility_date') }}
        end as is_nonexcludable,
        {%- for money in ['match', 'core'] %}
        {{ has_met_entry(money ~ '_entry', money ~ '_entry_date') }} and not {{ left_early(money) }} as is_in_part_of_{{ money }},
        {%- endfor %}
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
    is_nonexcludable and is_in_part_of_match as is_nonexcludable_for_match,
    is_nonexcludable and is_in_part_of_core as is_nonexcludable_for_core,
    has_match and match_out is null as benefits_from_match,
    pay_cents,
    deferral_cents,
    amount_cents,
    match_cents,
    core_cents
from placed
