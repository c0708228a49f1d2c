{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The match on dollars deferred in the year (true-up), before the 415(c) limit.
with contributions as (

    select person_key, employee_contributions, catch_up_contributions, plan_compensation, hours_worked
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

measured as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        {{ cents('(contributions.employee_contributions - case when cells.match_counts_catch_up then 0 else contributions.catch_up_contributions end)') }}
            as deferred_cents,
        {{ cents('contributions.plan_compensation') }} as plan_cents,
        {{ completed_years('people.hire_date', 'people.last_day') }} as service_years,
        {{ completed_years('people.birth_date', 'people.last_day') }}
            + {{ completed_years('people.hire_date', 'people.last_day') }} as points,
        {{ ineligible_reason('match') }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join contributions on people.person_key = contributions.person_key
    inner join {{ ref('int_cells') }} as cells on people.cell = cells.cell
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

tiers as (

    select
        tiers.cell,
        cells.match_family,
        tiers.minimum,
        tiers.below,
        {{ basis_points('tiers.deferral_from') }} as from_points,
        {{ basis_points('tiers.deferral_to') }} as to_points,
        {{ basis_points('tiers.match_rate') }} as rate_points
    from {{ ref('match_tiers') }} as tiers
    inner join {{ ref('int_cells') }} as cells on tiers.cell = cells.cell
    where {{ this_year('tiers') }}

),

sharing as (

    select
        person_key,
        cell,
        deferred_cents,
        plan_cents,
        service_years,
        points
    from measured
    where
        ineligible_reason is null
        and deferred_cents > 0

),

-- Each rate on the part of the deferral between two shares of plan compensation, in cents times 10^8: exact whole
-- numbers, so that the sum over the tiers is rounded once.
formula as (

    select
        sharing.person_key,
        sum(tiers.rate_points * greatest(
            0, least(sharing.deferred_cents * 10000, sharing.plan_cents * tiers.to_points) - sharing.plan_cents * tiers.from_points
        ))::bigint as scaled_match
    from sharing
    inner join tiers
        on sharing.cell = tiers.cell
            and case tiers.match_family
                when 'deferral_tiers' then 0
                when 'graded_by_service' then sharing.service_years
                when 'tenure_bands' then sharing.service_years
                when 'points' then sharing.points
                else error('unknown family of matches: ' || tiers.match_family)
            end between tiers.minimum and tiers.below - 1
    group by sharing.person_key

)

select
    measured.cell,
    cells.scenario_id,
    cells.plan_design_id,
    measured.person_key,
    measured.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    measured.service_years,
    measured.points,
    measured.ineligible_reason,
    case
        when formula.person_key is null then 0
        else least(
            {{ money_from_scaled_cents('formula.scaled_match', 100000000) }},
            {{ money_from_scaled_cents('measured.plan_cents * ' ~ basis_points('cells.match_maximum_rate'), 10000) }},
            cells.match_maximum_amount
        )
    end::decimal(18, 2) as match_before_limit
from measured
inner join {{ ref('int_cells') }} as cells on measured.cell = cells.cell
left join formula on measured.person_key = formula.person_key
