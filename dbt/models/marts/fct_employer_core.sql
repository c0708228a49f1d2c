{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set core = var('plan').core %}
{%- set disparity = core.permitted_disparity %}
{%- set measures = {'graded_by_service': 'service_years', 'points': 'age + service_years', 'age_bands': 'age'} %}

-- The core (nonelective) contribution before the 415(c) limit, with permitted disparity (IRC 401(l)).
with contributions as (

    select person_key, plan_compensation, hours_worked
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

measured as (

    select
        people.person_key,
        people.employee_id,
        {{ cents('contributions.plan_compensation') }} as plan_cents,
        {{ completed_years('people.hire_date', 'people.last_day') }} as service_years,
        {{ completed_years('people.birth_date', 'people.last_day') }} as age,
        {{ ineligible_reason(core.eligibility) }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join contributions on people.person_key = contributions.person_key
    where {{ in_slice('people.person_key') }}

),

rated as (

    select
        measured.*,
        {% if core.type == 'none' -%}
        0
        {%- elif core.type == 'flat' -%}
        {{ setting_in_basis_points(core.rate) }}
        {%- else -%}
        {{ graded(core.bands, measures[core.type], core_rate) }}
        {%- endif %} as rate_points,
        ({{ cents('limits.social_security_wage_base') }} * {{ setting_in_basis_points(disparity.integration_level) }}) as integration_level
    from measured
    cross join {{ ref('int_plan_year_limits') }} as limits

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    (rate_points * 0.0001)::decimal(6, 4) as core_rate,
    ineligible_reason,
    case
        when ineligible_reason is not null then 0
        {%- if disparity.enabled %}
        else {{ money_from_scaled_cents(
            'plan_cents * rate_points * 10000 + greatest(plan_cents * 10000 - integration_level, 0) * least('
            ~ setting_in_basis_points(disparity.excess_rate) ~ ', rate_points)', 100000000) }}
        {%- else %}
        else {{ money_from_scaled_cents('plan_cents * rate_points', 10000) }}
        {%- endif %}
    end::decimal(18, 2) as core_before_limit
from rated
