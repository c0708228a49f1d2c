{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year']
) }}

{%- set groups = {
    'age_band': 'age_band', 'tenure_band': 'tenure_band', 'level': 'level_id::varchar',
    'enrollment_source': "coalesce(enrollment_source, 'not_enrolled')",
    'pay_band': "case when current_compensation < 50000 then '<50k' when current_compensation < 100000 then '50k-100k'
        when current_compensation < 200000 then '100k-200k' else '200k+' end"} %}

-- The plan by age, service, level, pay and way of enrolment, one row a group: who takes part, and who gets how much.
with snapshot as (

    select
        {%- for name, expression in groups.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        employment_status = 'active' as is_active,
        is_eligible,
        is_enrolled,
        deferral_rate,
        prorated_annual_compensation,
        employee_contributions,
        employer_match,
        employer_core
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}

),

grouped as (

    select
        case
            {%- for name in groups %}
            when grouping({{ name }}) = 0 then '{{ name }}'
            {%- endfor %}
        end as group_type,
        coalesce({{ groups.keys() | join(', ') }}) as group_name,
        count(*) filter (where is_active) as closing_headcount,
        count(*) filter (where not is_active) as exits,
        count(*) filter (where is_active and is_eligible) as eligible,
        count(*) filter (where is_active and is_enrolled) as participants,
        sum(deferral_rate) filter (where is_active and is_enrolled) as deferral_rates,
        sum(prorated_annual_compensation)::decimal(18, 2) as payroll,
        sum(employee_contributions)::decimal(18, 2) as employee_contributions,
        sum(employer_match)::decimal(18, 2) as employer_match,
        sum(employer_core)::decimal(18, 2) as employer_core
    from snapshot
    group by grouping sets ({% for name in groups %}({{ name }}){{ ", " if not loop.last }}{% endfor %})

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    group_type,
    group_name,
    closing_headcount,
    exits,
    eligible,
    participants,
    {{ share('participants', 'eligible') }} as participation_rate,
    {{ share('deferral_rates', 'participants') }} as mean_deferral_rate,
    payroll,
    employee_contributions,
    employer_match,
    employer_core
from grouped
