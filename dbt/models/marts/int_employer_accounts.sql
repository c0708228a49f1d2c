{{ config(materialized='ephemeral') }}

-- The money of each person after the 415(c) limit: contributions, what has accumulated of the employer's, how much of it is
-- vested, and what an exit forfeits. Nothing else goes along: DuckDB makes room for every column at every step.
with cells as (

    select
        cells.*,
        limits.annual_additions_limit,
        limits.hce_compensation_last_year,
        partial_termination.is_partial_termination
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_plan_year_limits') }} as limits on cells.cell = limits.cell
    inner join {{ ref('int_partial_termination') }} as partial_termination on cells.cell = partial_termination.cell
    where {{ this_year('cells') }}

),

contributions as (

    select
        person_key,
        prorated_annual_compensation,
        employee_contributions,
        catch_up_contributions,
        catch_up_limit,
        is_roth_catch_up_only,
        roth_share
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
        people.cell,
        people.person_key,
        people.termination_date is not null as has_left,
        plan_state.opening_match_vested_percentage,
        plan_state.opening_core_vested_percentage,
        plan_state.employer_match_balance as opening_match_balance,
        plan_state.employer_core_balance as opening_core_balance,
        contributions.employee_contributions,
        contributions.catch_up_contributions,
        contributions.catch_up_limit,
        contributions.is_roth_catch_up_only,
        contributions.roth_share,
        cells.annual_additions_order,
        case when cells.top_paid_group_election then top_paid.employee_id is not null end as is_in_top_paid_group,
        {{ is_highly_compensated(limits='cells') }} as is_hce,
        matches.match_before_limit,
        cores.core_before_limit,
        greatest(
            contributions.employee_contributions - contributions.catch_up_contributions
            + matches.match_before_limit + cores.core_before_limit
            - least(cells.annual_additions_limit, contributions.prorated_annual_compensation), 0
        ) as excess_before_catch_up,
        contributions.employee_contributions - contributions.catch_up_contributions as regular_contributions,
        {{ vesting_begins() }} as vesting_begins,
        {{ service_when_last_here('vesting_begins', 'people.termination_date') }} as vesting_service_years,
        {{ service_by_year_end('vesting_begins', year_end(-1)) }} as opening_vesting_service,
        people.age >= cells.normal_retirement_age
            or (cells.is_partial_termination and people.termination_date is not null)
            or coalesce(list_contains(cells.full_vesting_at, people.termination_reason), false) as is_fully_vested
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join contributions on people.person_key = contributions.person_key
    inner join matches on people.person_key = matches.person_key
    inner join cores on people.person_key = cores.person_key
    inner join cells on people.cell = cells.cell
    left join {{ ref('int_top_paid_group') }} as top_paid
        on people.cell = top_paid.cell and people.employee_id = top_paid.employee_id
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

-- What is too much becomes catch-up first, for those who have room for it (IRC 414(v)(3)); the rest is cut in the order of
-- the plan (IRC 415(c); methodology 10).
limited as (

    select
        *,
        least(excess_before_catch_up, regular_contributions, greatest(catch_up_limit - catch_up_contributions, 0)) as made_catch_up,
        excess_before_catch_up - made_catch_up as excess,
        case
            when annual_additions_order = 'return_deferrals_first' then least(excess, regular_contributions - made_catch_up)
            else 0
        end as returned,
        case
            when annual_additions_order = 'match_first' then least(excess, match_before_limit)
            else least(greatest(excess - returned - core_before_limit, 0), match_before_limit)
        end as match_cut,
        core_before_limit - least(excess - returned - match_cut, core_before_limit) as core_in_limit,
        match_before_limit - match_cut as match_in_limit
    from added

),

vested_by_year as ({{ vested_by_year() }}),

vesting as (

    select
        cells.cell,
        matches.completed_years,
        matches.vested_percentage as match_vested_percentage,
        cores.vested_percentage as core_vested_percentage
    from cells
    inner join vested_by_year as matches on cells.match_vesting_schedule = matches.schedule
    inner join vested_by_year as cores
        on cells.core_vesting_schedule = cores.schedule
            and matches.completed_years = cores.completed_years

),

-- Schedules that an amendment has replaced, and how many years ago they were last in force.
replaced as (

    select
        earlier.cell,
        earlier.match_vesting_schedule,
        earlier.core_vesting_schedule,
        {{ var('simulation_year') }} - 1 - max(earlier.simulation_year) as years_since
    from {{ ref('cells') }} as earlier
    inner join {{ ref('cells') }} as cells on earlier.cell = cells.cell and {{ this_year('cells') }}
    where
        earlier.simulation_year < {{ var('simulation_year') }}
        and (earlier.match_vesting_schedule, earlier.core_vesting_schedule) <> (cells.match_vesting_schedule, cells.core_vesting_schedule)
    group by earlier.cell, earlier.match_vesting_schedule, earlier.core_vesting_schedule

),

openings as (

    select unnest(range(3, 100)) as completed_years

),

-- They count on for those who had three years of service then (IRC 411(a)(10)(B)).
kept as (

    select
        replaced.cell,
        openings.completed_years as opening_vesting_service,
        match_vesting.completed_years as vesting_service_years,
        max(match_vesting.vested_percentage) as match_vested_percentage,
        max(core_vesting.vested_percentage) as core_vested_percentage
    from replaced
    inner join openings on openings.completed_years >= replaced.years_since + 3
    inner join vested_by_year as match_vesting
        on replaced.match_vesting_schedule = match_vesting.schedule
            and openings.completed_years between match_vesting.completed_years - 1 and match_vesting.completed_years
    inner join vested_by_year as core_vesting
        on replaced.core_vesting_schedule = core_vesting.schedule
            and match_vesting.completed_years = core_vesting.completed_years
    group by replaced.cell, openings.completed_years, match_vesting.completed_years

),

accumulated as (

    select
        limited.*,
        opening_match_balance + match_in_limit as match_balance,
        opening_core_balance + core_in_limit as core_balance,
        -- Full at normal retirement age (IRC 411(a)(8)), for leavers of a partial termination (411(d)(3)) and for causes
        -- that the plan names; nobody's share falls when the plan is amended (411(a)(10)(A)).
        greatest(
            vesting.match_vested_percentage, is_fully_vested::integer, coalesce(opening_match_vested_percentage, 0),
            coalesce(kept.match_vested_percentage, 0)
        )::decimal(6, 4) as match_vested_percentage,
        greatest(
            vesting.core_vested_percentage, is_fully_vested::integer, coalesce(opening_core_vested_percentage, 0),
            coalesce(kept.core_vested_percentage, 0)
        )::decimal(6, 4) as core_vested_percentage
    from limited
    inner join vesting
        on limited.cell = vesting.cell
            and least(limited.vesting_service_years, 99) = vesting.completed_years
    left join kept
        on limited.cell = kept.cell
            and least(limited.opening_vesting_service, 99) = kept.opening_vesting_service
            and least(limited.vesting_service_years, 99) = kept.vesting_service_years

),

unvested as (

    select
        *,
        {{ money('match_balance * (1 - match_vested_percentage)') }}
            + {{ money('core_balance * (1 - core_vested_percentage)') }} as unvested_balance
    from accumulated

)

select
    person_key,
    is_in_top_paid_group,
    is_hce,
    match_vested_percentage,
    core_vested_percentage,
    match_in_limit::decimal(18, 2) as employer_match,
    core_in_limit::decimal(18, 2) as employer_core,
    (employee_contributions - returned)::decimal(18, 2) as employee_contributions,
    (catch_up_contributions + made_catch_up)::decimal(18, 2) as catch_up_contributions,
    -- From 2026 on, catch-up of people above the threshold is Roth (IRC 414(v)(7)).
    {{ money('(regular_contributions - made_catch_up - returned) * roth_share') }} + case
        when is_roth_catch_up_only then catch_up_contributions + made_catch_up
        else {{ money('(catch_up_contributions + made_catch_up) * roth_share') }}
    end as roth_contributions,
    returned::decimal(18, 2) as returned_deferrals,
    excess_before_catch_up > 0 as is_limited_by_415c,
    match_balance::decimal(18, 2) as employer_match_balance,
    core_balance::decimal(18, 2) as employer_core_balance,
    case
        when match_balance + core_balance > 0
            then round(1 - unvested_balance::double / (match_balance + core_balance)::double, 6)::decimal(9, 6)
        else match_vested_percentage
    end::decimal(9, 6) as vested_percentage,
    case when has_left then unvested_balance else 0 end::decimal(18, 2) as forfeiture_amount
from unvested
