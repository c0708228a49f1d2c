{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

{%- set later = 'state.termination_date is null and state.decided_enrollment_date > ' ~ year_end() %}

-- The workforce at 31 December, leavers in the year they leave: what a year hands over to the next and to the reports.
with promotions as (

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

tenure_bands as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

state as (

    select
        people.*,
        case when people.termination_date is null then 'active' else 'terminated' end as employment_status,
        case
            when people.termination_date is null then case when people.is_new_hire then 'new_hire_active' else 'continuous_active' end
            else case when people.is_new_hire then 'new_hire_termination' else 'experienced_termination' end
        end as detailed_status_code,
        coalesce(promotions.level_after, people.level_id) as closing_level,
        decisions.enrollment_date as decided_enrollment_date,
        decisions.deferral_rate as decided_rate,
        decisions.enrollment_source as decided_source,
        coalesce(decisions.opt_out_date, people.pending_opt_out_date) as decided_opt_out_date,
        deferral_changes.enrolled_on,
        deferral_changes.opted_out_on,
        coalesce(deferral_changes.escalations, 0) as escalations
    from {{ ref('int_employer_accounts') }} as people
    left join promotions on people.person_key = promotions.person_key
    left join decisions on people.person_key = decisions.person_key
    left join deferral_changes on people.person_key = deferral_changes.person_key

)

select
    state.cell,
    state.scenario_id,
    state.plan_design_id,
    state.person_key,
    state.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    {{ word('employment_status', 'state.employment_status') }} as employment_status,
    {{ word('detailed_status_code', 'state.detailed_status_code') }} as detailed_status_code,
    state.birth_date,
    state.hire_date,
    state.termination_date,
    {{ word('termination_reason', 'state.termination_reason') }} as termination_reason,
    state.age,
    state.tenure_years,
    age_bands.age_band,
    tenure_bands.tenure_band,
    state.closing_level as level_id,
    state.opening_compensation,
    state.closing_compensation as current_compensation,
    state.prorated_annual_compensation,
    state.full_year_equivalent_compensation,
    state.days_employed,
    state.scheduled_hours_per_week,
    state.hours_worked,
    coalesce(state.eligibility_date <= state.last_day, false) as is_eligible,
    state.eligibility_date,
    state.plan_eligible,
    state.own_roth_share,
    state.match_entry_date,
    state.core_entry_date,
    state.closing_deferral_rate > 0 as is_enrolled,
    case when state.closing_deferral_rate > 0 then coalesce(state.enrolled_on, state.enrollment_date) end as enrollment_date,
    case
        when state.closing_deferral_rate > 0 and state.enrolled_on is not null then {{ word('enrollment_source', 'state.decided_source') }}
        when state.closing_deferral_rate > 0 then {{ word('enrollment_source', 'state.enrollment_source') }}
    end as enrollment_source,
    state.ever_opted_out or state.opted_out_on is not null as ever_opted_out,
    coalesce(state.opted_out_on, state.opt_out_date) as opt_out_date,
    state.closing_deferral_rate as deferral_rate,
    (state.escalation_count + state.escalations)::integer as escalation_count,
    state.auto_escalation_opt_out,
    -- Decided, but effective only next year.
    case when {{ later }} then state.decided_enrollment_date end as pending_enrollment_date,
    case when {{ later }} then state.decided_rate end as pending_enrollment_rate,
    case when {{ later }} then {{ word('enrollment_source', 'state.decided_source') }} end as pending_enrollment_source,
    case when state.termination_date is null and state.decided_opt_out_date > {{ year_end() }} then state.decided_opt_out_date end as pending_opt_out_date,
    state.plan_compensation,
    state.employee_contributions,
    state.catch_up_contributions,
    state.roth_contributions,
    state.returned_deferrals,
    state.employer_match,
    state.employer_core,
    (state.employer_match + state.employer_core)::decimal(18, 2) as total_employer_contributions,
    state.employer_match_balance,
    state.employer_core_balance,
    (state.employer_match_balance + state.employer_core_balance)::decimal(18, 2) as employer_balance,
    state.match_vested_percentage,
    state.core_vested_percentage,
    state.vested_percentage,
    state.forfeiture_amount,
    state.vesting_service_at_census,
    state.is_five_percent_owner,
    state.is_union_member,
    state.is_in_top_paid_group,
    state.is_hce,
    state.prior_year_compensation,
    state.is_limited_by_402g,
    state.is_limited_by_401a17,
    state.is_limited_by_415c,
    state.groups
from state
inner join age_bands on greatest(state.age, 0) = age_bands.completed_years
inner join tenure_bands on greatest(state.tenure_years, 0) = tenure_bands.completed_years
