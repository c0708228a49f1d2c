{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- Four measures of pay growth, which answer different questions: all actives (mix of hires and leavers included),
-- continuous actives, the same people at both ends, and payroll.
with snapshot as (

    select
        cell,
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
        cell,
        sum(opening_compensation) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_payroll,
        count(*) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_headcount,
        sum(current_compensation) filter (where is_active) as closing_payroll,
        count(*) filter (where is_active) as closing_headcount,
        sum(opening_compensation) filter (where detailed_status_code = 'continuous_active') as continuous_opening_payroll,
        sum(current_compensation) filter (where detailed_status_code = 'continuous_active') as continuous_closing_payroll,
        count(*) filter (where detailed_status_code = 'continuous_active') as continuous_headcount,
        sum(prorated_annual_compensation) as payroll
    from snapshot
    group by cell

),

last_year as (

    select cell, sum(prorated_annual_compensation) as payroll
    from {{ source('state', 'fct_workforce_snapshot') }}
    where {{ this_year(offset=-1) }}
    group by cell

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
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
from {{ ref('cells') }} as cells
left join this_year on cells.cell = this_year.cell
left join last_year on cells.cell = last_year.cell
where {{ this_year('cells') }}
