{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- Four measures of pay growth, which answer different questions: all actives (mix of hires and leavers included),
-- continuous actives, the same people at both ends, and payroll.
with snapshot as (

    select
        employment_status = 'active' as is_active,
        detailed_status_code,
        opening_compensation,
        current_compensation,
        prorated_annual_compensation
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}

),

this_year as (

    select
        sum(opening_compensation) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_payroll,
        count(*) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_headcount,
        sum(current_compensation) filter (where is_active) as closing_payroll,
        count(*) filter (where is_active) as closing_headcount,
        sum(opening_compensation) filter (where detailed_status_code = 'continuous_active') as continuous_opening_payroll,
        sum(current_compensation) filter (where detailed_status_code = 'continuous_active') as continuous_closing_payroll,
        count(*) filter (where detailed_status_code = 'continuous_active') as continuous_headcount,
        sum(prorated_annual_compensation) as payroll
    from snapshot

),

last_year as (

    select sum(prorated_annual_compensation) as payroll
    from {% if is_first_year() %}(select null::decimal(18, 2) as prorated_annual_compensation where false)
    {%- else %}{{ source('state', 'fct_workforce_snapshot') }}
    where
        {{ this_year(offset=-1) }}
    {%- endif %}

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    {{ average('this_year.opening_payroll', 'this_year.opening_headcount') }} as mean_opening_compensation,
    {{ average('this_year.closing_payroll', 'this_year.closing_headcount') }} as mean_closing_compensation,
    {{ share('this_year.closing_payroll::double / nullif(this_year.closing_headcount, 0)
        - this_year.opening_payroll::double / nullif(this_year.opening_headcount, 0)',
        'this_year.opening_payroll::double / nullif(this_year.opening_headcount, 0)') }} as growth_all_actives,
    {{ average('this_year.continuous_closing_payroll', 'this_year.continuous_headcount') }} as mean_continuous_compensation,
    {{ share('this_year.continuous_closing_payroll::double / nullif(this_year.continuous_headcount, 0)
        - this_year.opening_payroll::double / nullif(this_year.opening_headcount, 0)',
        'this_year.opening_payroll::double / nullif(this_year.opening_headcount, 0)') }} as growth_continuous_actives,
    {{ share('this_year.continuous_closing_payroll - this_year.continuous_opening_payroll', 'this_year.continuous_opening_payroll') }}
        as growth_same_people,
    this_year.payroll::decimal(18, 2) as payroll,
    {{ share('this_year.payroll - last_year.payroll', 'last_year.payroll') }} as growth_payroll
from this_year
cross join last_year
