{{ config(materialized='table', first_year_only=true, tags=['heavy_transform']) }}

{%- set plan = var('plan') %}
{%- set as_of = year_end(-1) %}

-- The people of the census who are employed on the as-of date, in the shape in which a year hands over to the next.
with employed as (

    select
        employee_id,
        birth_date,
        hire_date,
        annual_compensation,
        job_level,
        least(deferral_rate, 1) as deferral_rate,
        enrollment_date,
        eligibility_date,
        scheduled_hours_per_week,
        prior_year_compensation,
        is_five_percent_owner,
        auto_escalation_opt_out,
        plan_eligible,
        employer_account_balance,
        years_of_vesting_service
    from {{ ref('stg_census') }}
    where termination_date is null or termination_date > {{ as_of }}

),

level_bands as (

    select level_id, min_pay
    from {{ ref('levels') }}

),

with_level as (

    -- A level that the census does not give is the one whose pay band is nearest: bands have no gaps, and pay below
    -- the first or above the last belongs to that band.
    select
        employed.*,
        coalesce(employed.job_level, level_bands.level_id, (select min(level_id) from level_bands)) as level_id
    from employed
    asof left join level_bands on employed.annual_compensation >= level_bands.min_pay

),

with_entry as (

    select
        *,
        case when plan_eligible then {{ plan_entry('birth_date', 'hire_date') }} end as entry_date_by_rule
    from with_level

)

select
    row_number() over (order by employee_id)::integer as person_key,
    employee_id,
    birth_date,
    hire_date,
    least(level_id, (select max(level_id) from level_bands))::integer as level_id,
    annual_compensation as current_compensation,
    deferral_rate,
    -- Somebody who already contributes is eligible, whatever the rule would say today.
    case
        when not plan_eligible then null
        when deferral_rate > 0
            then least(coalesce(eligibility_date, entry_date_by_rule), coalesce(enrollment_date, {{ as_of }}), {{ as_of }})
        else coalesce(eligibility_date, entry_date_by_rule)
    end as eligibility_date,
    case when deferral_rate > 0 then
        least(coalesce(enrollment_date, eligibility_date, entry_date_by_rule, {{ as_of }}), {{ as_of }})
    end as enrollment_date,
    case when deferral_rate > 0 then 'census' end as enrollment_source,
    false as ever_opted_out,
    null::date as opt_out_date,
    0 as escalation_count,
    auto_escalation_opt_out,
    null::date as pending_enrollment_date,
    null::decimal(6, 4) as pending_enrollment_rate,
    null::varchar as pending_enrollment_source,
    null::date as pending_opt_out_date,
    scheduled_hours_per_week,
    is_five_percent_owner,
    -- Pay of the year before, for highly compensated status; known only for those who were here all of it.
    coalesce(
        prior_year_compensation,
        case when hire_date <= {{ year_start(-1) }} then annual_compensation end
    ) as prior_year_compensation,
    years_of_vesting_service as vesting_service_at_census,
    employer_account_balance as employer_match_balance,
    0::decimal(18, 2) as employer_core_balance
from with_entry
order by person_key
