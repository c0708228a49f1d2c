{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- One row a year; every figure is a plain sum over the snapshot, the events or the year's headcount needs, or a limit of
-- the year.
with snapshot as (

    select
        cell,
        employment_status = 'active' as is_active,
        detailed_status_code,
        current_compensation,
        prorated_annual_compensation,
        is_eligible,
        is_enrolled,
        deferral_rate,
        employee_contributions,
        employer_match,
        employer_core,
        total_employer_contributions,
        forfeiture_amount,
        catch_up_contributions,
        is_hce,
        is_limited_by_402g,
        is_limited_by_401a17,
        is_limited_by_415c
    from {{ ref('fct_workforce_snapshot') }}
    where {{ this_year() }}

    union all by name

    -- A future in which nobody is left has a summary too.
    select cell
    from {{ ref('cells') }}
    where {{ this_year() }}

),

people as (

    select
        cell,
        count(*) filter (where detailed_status_code in ('continuous_active', 'experienced_termination')) as opening_headcount,
        count(*) filter (where detailed_status_code in ('new_hire_active', 'new_hire_termination')) as hires,
        count(*) filter (where detailed_status_code = 'experienced_termination') as experienced_exits,
        count(*) filter (where detailed_status_code = 'new_hire_termination') as new_hire_exits,
        count(*) filter (where is_active) as closing_headcount,
        coalesce(sum(current_compensation) filter (where is_active), 0)::decimal(18, 2) as closing_payroll,
        coalesce(sum(prorated_annual_compensation), 0)::decimal(18, 2) as payroll,
        count(*) filter (where is_active and is_eligible) as eligible,
        count(*) filter (where is_active and is_enrolled) as participants,
        sum(deferral_rate) filter (where is_active and is_enrolled) as deferral_rates,
        coalesce(sum(employee_contributions), 0)::decimal(18, 2) as employee_contributions,
        coalesce(sum(employer_match), 0)::decimal(18, 2) as employer_match,
        coalesce(sum(employer_core), 0)::decimal(18, 2) as employer_core,
        coalesce(sum(total_employer_contributions), 0)::decimal(18, 2) as total_employer_contributions,
        coalesce(sum(forfeiture_amount), 0)::decimal(18, 2) as forfeitures,
        coalesce(sum(catch_up_contributions), 0)::decimal(18, 2) as catch_up_contributions,
        count(*) filter (where catch_up_contributions > 0) as people_with_catch_up,
        count(*) filter (where is_limited_by_402g) as people_limited_by_402g,
        count(*) filter (where is_limited_by_401a17) as people_limited_by_401a17,
        count(*) filter (where is_limited_by_415c) as people_limited_by_415c,
        count(*) filter (where is_hce) as highly_compensated
    from snapshot
    group by cell

),

events as (

    select
        cell,
        count(*) filter (where event_type = 'promotion') as promotions,
        count(*) filter (where event_type = 'raise') as raises
    from {{ ref('int_events') }}
    where {{ this_year() }}
    group by cell

),

needs as (

    select cell, sum(target_headcount)::integer as target_headcount
    from {{ ref('int_workforce_needs') }}
    group by cell

),

checks as (

    select cell, sum(violations) as rule_violations
    from {{ ref('fct_law_checks') }}
    where {{ this_year() }}
    group by cell

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    people.opening_headcount,
    people.hires,
    people.experienced_exits,
    people.new_hire_exits,
    coalesce(events.promotions, 0) as promotions,
    coalesce(events.raises, 0) as raises,
    people.closing_headcount,
    needs.target_headcount,
    (people.closing_headcount - needs.target_headcount)::integer as difference_to_target,
    {{ share('people.closing_headcount - people.opening_headcount', 'people.opening_headcount') }} as growth_rate,
    people.payroll,
    people.closing_payroll,
    {{ average('people.closing_payroll', 'people.closing_headcount') }} as mean_compensation,
    people.eligible,
    people.participants,
    {{ share('people.participants', 'people.eligible') }} as participation_rate,
    {{ share('people.deferral_rates', 'people.participants') }} as mean_deferral_rate,
    people.employee_contributions,
    people.employer_match,
    people.employer_core,
    people.total_employer_contributions,
    people.forfeitures,
    account.offset_amount as forfeitures_used,
    account.closing_balance as forfeiture_account,
    (people.total_employer_contributions - account.offset_amount)::decimal(18, 2) as net_employer_cost,
    {{ share('people.total_employer_contributions - account.offset_amount', 'people.payroll') }} as cost_share_of_payroll,
    partial_termination.turnover_rate,
    partial_termination.is_partial_termination,
    people.catch_up_contributions,
    people.people_with_catch_up,
    people.people_limited_by_402g,
    people.people_limited_by_401a17,
    people.people_limited_by_415c,
    people.highly_compensated,
    limits.elective_deferral_limit,
    limits.compensation_limit,
    limits.annual_additions_limit,
    limits.is_estimated as limits_are_estimated,
    checks.rule_violations::bigint as rule_violations
from {{ ref('cells') }} as cells
inner join needs on cells.cell = needs.cell
inner join {{ ref('int_plan_year_limits') }} as limits on cells.cell = limits.cell
inner join {{ ref('int_partial_termination') }} as partial_termination on cells.cell = partial_termination.cell
inner join {{ ref('fct_forfeiture_account') }} as account
    on cells.cell = account.cell
        and {{ this_year('account') }}
inner join checks on cells.cell = checks.cell
inner join people on cells.cell = people.cell
left join events on cells.cell = events.cell
where {{ this_year('cells') }}
