{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set match = var('plan').match %}
{%- set measures = {
    'none': '0', 'deferral_tiers': '0', 'graded_by_service': 'service_years', 'tenure_bands': 'service_years',
    'points': 'points'} %}

-- The match on dollars deferred in the year (true-up), before the 415(c) limit.
with contributions as (

    select person_key, employee_contributions, plan_compensation, hours_worked
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

measured as (

    select
        people.person_key,
        people.employee_id,
        {{ cents('contributions.employee_contributions') }} as deferred_cents,
        {{ cents('contributions.plan_compensation') }} as plan_cents,
        {{ completed_years('people.hire_date', 'people.last_day') }} as service_years,
        {{ completed_years('people.birth_date', 'people.last_day') }}
            + {{ completed_years('people.hire_date', 'people.last_day') }} as points,
        {{ ineligible_reason(match.eligibility) }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join contributions on people.person_key = contributions.person_key
    where {{ in_slice('people.person_key') }}

),

formula as (

    select
        *,
        {{ money_from_scaled_cents(graded(var('match_bands'), measures[match.family], match_tiers), 100000000) }} as formula_match,
        {{ money_from_scaled_cents('plan_cents * ' ~ setting_in_basis_points(match.max_match_percentage), 10000) }} as match_cap
    from measured

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    service_years,
    points,
    ineligible_reason,
    case when ineligible_reason is null then least(formula_match, match_cap) else 0 end::decimal(18, 2) as match_before_limit
from formula
