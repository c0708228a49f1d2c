{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set vesting = var('plan').vesting %}

-- Employer money after the 415(c) limit, what has accumulated, how much of it is vested, and what an exit forfeits.
with contributions as (

    select person_key, prorated_annual_compensation, employee_contributions, catch_up_contributions
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

matches as (

    select person_key, match_before_limit
    from {{ ref('fct_employer_match') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

cores as (

    select person_key, core_before_limit
    from {{ ref('fct_employer_core') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

added as (

    select
        people.person_key,
        people.employee_id,
        people.termination_date,
        people.employer_match_balance as opening_match_balance,
        people.employer_core_balance as opening_core_balance,
        matches.match_before_limit,
        cores.core_before_limit,
        greatest(
            contributions.employee_contributions - contributions.catch_up_contributions
            + matches.match_before_limit + cores.core_before_limit
            - least(limits.annual_additions_limit, contributions.prorated_annual_compensation), 0
        ) as excess,
        -- Service counts from hire; where the census credits service, from that credit and the years since.
        case
            when people.vesting_service_at_census is null
                then {{ completed_years('people.hire_date', 'people.last_day') }}
            else floor(people.vesting_service_at_census + {{ completed_years(census_date(), 'people.last_day') }})
        end::integer as vesting_service_years
    from {{ ref('int_workforce_of_year') }} as people
    inner join contributions on people.person_key = contributions.person_key
    inner join matches on people.person_key = matches.person_key
    inner join cores on people.person_key = cores.person_key
    cross join {{ ref('int_plan_year_limits') }} as limits
    where {{ in_slice('people.person_key') }}

),

-- The excess reduces the core contribution first, then the match (IRC 415(c); domain.md section 5).
limited as (

    select
        *,
        core_before_limit - least(excess, core_before_limit) as employer_core,
        match_before_limit - least(greatest(excess - core_before_limit, 0), match_before_limit) as employer_match
    from added

),

match_vesting as ({{ vested_by_year(vesting.match_schedule) }}),

core_vesting as ({{ vested_by_year(vesting.core_schedule) }}),

accumulated as (

    select
        limited.*,
        opening_match_balance + employer_match as employer_match_balance,
        opening_core_balance + employer_core as employer_core_balance,
        match_vesting.vested_percentage as match_vested_percentage,
        core_vesting.vested_percentage as core_vested_percentage
    from limited
    inner join match_vesting on least(limited.vesting_service_years, 99) = match_vesting.completed_years
    inner join core_vesting on least(limited.vesting_service_years, 99) = core_vesting.completed_years

),

unvested as (

    select
        *,
        {{ money('employer_match_balance * (1 - match_vested_percentage)') }}
            + {{ money('employer_core_balance * (1 - core_vested_percentage)') }} as unvested_balance
    from accumulated

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    employer_match::decimal(18, 2) as employer_match,
    employer_core::decimal(18, 2) as employer_core,
    excess > 0 as is_limited_by_415c,
    vesting_service_years,
    employer_match_balance::decimal(18, 2) as employer_match_balance,
    employer_core_balance::decimal(18, 2) as employer_core_balance,
    match_vested_percentage,
    core_vested_percentage,
    case
        when employer_match_balance + employer_core_balance > 0
            then round(1 - unvested_balance::double / (employer_match_balance + employer_core_balance)::double, 6)::decimal(9, 6)
        else match_vested_percentage
    end::decimal(9, 6) as vested_percentage,
    case when termination_date is not null then unvested_balance else 0 end::decimal(18, 2) as forfeiture_amount
from unvested
