{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The core (nonelective) contribution before the 415(c) limit, with permitted disparity (IRC 401(l)).
with contributions as (

    select person_key, core_compensation, hours_worked
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
        {{ cents('contributions.core_compensation') }} as plan_cents,
        case cells.core_type
            when 'none' then 0
            when 'flat' then 0
            when 'graded_by_service' then {{ service_years('people.hire_date', 'people.last_day') }}
            when 'age_bands' then {{ completed_years('people.birth_date', 'people.last_day') }}
            when 'points' then {{ completed_years('people.birth_date', 'people.last_day') }}
                + {{ service_years('people.hire_date', 'people.last_day') }}
            else error('unknown type of core contribution: ' || cells.core_type)
        end as measure,
        {{ ineligible_reason('core') }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join contributions on people.person_key = contributions.person_key
    inner join {{ ref('int_cells') }} as cells on people.cell = cells.cell
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

rates as (

    select cell, minimum, below, {{ basis_points('core_rate') }} as rate_points
    from {{ ref('core_rates') }}
    where {{ this_year() }}

),

rated as (

    select
        measured.*,
        coalesce(rates.rate_points, 0) as rate_points
    from measured
    left join rates
        on measured.cell = rates.cell and measured.measure >= rates.minimum and measured.measure < rates.below

),

-- What permitted disparity adds to the base rate, and on pay above how many cents times ten thousand.
disparities as (

    select
        cells.cell,
        cells.scenario_id,
        cells.plan_design_id,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} else 0 end as excess_points,
        {{ cents('limits.social_security_wage_base') }} * {{ basis_points('cells.core_integration_level') }} as integration_level
    from {{ ref('int_cells') }} as cells
    inner join {{ ref('int_plan_year_limits') }} as limits on cells.cell = limits.cell

)

select
    rated.cell,
    disparities.scenario_id,
    disparities.plan_design_id,
    rated.person_key,
    rated.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    (rated.rate_points * 0.0001)::decimal(6, 4) as core_rate,
    rated.ineligible_reason,
    case
        when rated.ineligible_reason is not null then 0
        else {{ money_from_scaled_cents('rated.plan_cents * rated.rate_points * 10000
            + greatest(rated.plan_cents * 10000 - disparities.integration_level, 0) * least(disparities.excess_points, rated.rate_points)', 100000000) }}
    end::decimal(18, 2) as core_before_limit
from rated
inner join disparities on rated.cell = disparities.cell
