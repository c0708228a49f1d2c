{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set later = 'people.termination_date is null and decisions.enrollment_date > ' ~ year_end() %}
{%- set opt_out = 'coalesce(decisions.opt_out_date, plan_state.pending_opt_out_date)' %}

-- The workforce at 31 December, leavers in the year they leave: what a year hands over to the next and to the reports.
with contributions as (

    select *
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

promotions as (

    select person_key, level_after
    from {{ ref('int_promotion_events') }}
    where {{ in_slice('person_key') }}

),

decisions as (

    select person_key, enrollment_source, enrollment_date, deferral_rate, opt_out_date
    from {{ ref('int_enrollment_decisions') }}
    where {{ in_slice('person_key') }}

),

deferral_changes as (

    select
        person_key,
        max(effective_date) filter (where event_type = 'enrollment') as enrolled_on,
        max(effective_date) filter (where event_type = 'opt_out') as opted_out_on,
        count(*) filter (where event_type = 'deferral_escalation') as escalations
    from {{ ref('int_deferral_events') }}
    where {{ in_slice('person_key') }}
    group by person_key

),

age_bands as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

tenure_bands as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }})

select
    people.cell,
    cells.scenario_id,
    cells.plan_design_id,
    people.person_key,
    people.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    case when people.termination_date is null
        then {{ the_word('employment_status', 'active') }}
        else {{ the_word('employment_status', 'terminated') }}
    end as employment_status,
    case
        when people.termination_date is null and people.is_new_hire then {{ the_word('detailed_status_code', 'new_hire_active') }}
        when people.termination_date is null then {{ the_word('detailed_status_code', 'continuous_active') }}
        when people.is_new_hire then {{ the_word('detailed_status_code', 'new_hire_termination') }}
        else {{ the_word('detailed_status_code', 'experienced_termination') }}
    end as detailed_status_code,
    people.birth_date,
    people.hire_date,
    people.termination_date,
    people.termination_reason,
    people.age,
    people.tenure_years,
    age_bands.age_band,
    tenure_bands.tenure_band,
    coalesce(promotions.level_after, people.level_id) as level_id,
    people.opening_compensation,
    contributions.closing_compensation as current_compensation,
    contributions.prorated_annual_compensation,
    contributions.full_year_equivalent_compensation,
    contributions.days_employed,
    people.scheduled_hours_per_week,
    contributions.hours_worked,
    coalesce(plan_state.eligibility_date <= people.last_day, false) as is_eligible,
    plan_state.eligibility_date,
    plan_state.plan_eligible,
    plan_state.own_roth_share,
    plan_state.match_entry_date,
    plan_state.core_entry_date,
    contributions.closing_deferral_rate > 0 as is_enrolled,
    case when contributions.closing_deferral_rate > 0 then coalesce(deferral_changes.enrolled_on, plan_state.enrollment_date) end as enrollment_date,
    case
        when contributions.closing_deferral_rate > 0 and deferral_changes.enrolled_on is not null then decisions.enrollment_source
        when contributions.closing_deferral_rate > 0 then plan_state.enrollment_source
    end as enrollment_source,
    plan_state.ever_opted_out or deferral_changes.opted_out_on is not null as ever_opted_out,
    coalesce(deferral_changes.opted_out_on, plan_state.opt_out_date) as opt_out_date,
    contributions.closing_deferral_rate as deferral_rate,
    (plan_state.escalation_count + coalesce(deferral_changes.escalations, 0))::integer as escalation_count,
    plan_state.auto_escalation_opt_out,
    -- Decided, but effective only next year.
    case when {{ later }} then decisions.enrollment_date end as pending_enrollment_date,
    case when {{ later }} then decisions.deferral_rate end as pending_enrollment_rate,
    case when {{ later }} then decisions.enrollment_source end as pending_enrollment_source,
    case when people.termination_date is null and {{ opt_out }} > {{ year_end() }} then {{ opt_out }} end as pending_opt_out_date,
    contributions.plan_compensation,
    accounts.employee_contributions,
    accounts.catch_up_contributions,
    accounts.roth_contributions,
    accounts.returned_deferrals,
    accounts.employer_match,
    accounts.employer_core,
    (accounts.employer_match + accounts.employer_core)::decimal(18, 2) as total_employer_contributions,
    accounts.employer_match_balance,
    accounts.employer_core_balance,
    (accounts.employer_match_balance + accounts.employer_core_balance)::decimal(18, 2) as employer_balance,
    accounts.match_vested_percentage,
    accounts.core_vested_percentage,
    accounts.vested_percentage,
    accounts.forfeiture_amount,
    plan_state.vesting_service_at_census,
    people.is_five_percent_owner,
    people.is_union_member,
    accounts.is_in_top_paid_group,
    accounts.is_hce,
    people.prior_year_compensation,
    contributions.is_limited_by_402g,
    contributions.is_limited_by_401a17,
    accounts.is_limited_by_415c,
    people.groups
from {{ ref('int_workforce_of_year') }} as people
inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
inner join age_bands on greatest(people.age, 0) = age_bands.completed_years
inner join tenure_bands on greatest(people.tenure_years, 0) = tenure_bands.completed_years
left join promotions on people.person_key = promotions.person_key
left join decisions on people.person_key = decisions.person_key
left join deferral_changes on people.person_key = deferral_changes.person_key
inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
inner join contributions on people.person_key = contributions.person_key
inner join {{ ref('int_employer_accounts') }} as accounts on people.person_key = accounts.person_key
where
    {{ in_slice('people.person_key') }}
    and {{ in_slice('plan_state.person_key') }}
