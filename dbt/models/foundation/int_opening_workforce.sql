{{ config(materialized='table', tags=['heavy_transform'], sliced_over='previous_state') }}

{%- set state = source('state', 'fct_workforce_snapshot') %}
{%- set promotion = var('compensation').promotion %}

-- Who is employed when the year opens: the census in the first year, later those active at the end of the year before.
with carried as (

    select
        person_key,
        employee_id,
        birth_date,
        hire_date,
        level_id,
        current_compensation as opening_compensation,
        deferral_rate,
        eligibility_date,
        enrollment_date,
        enrollment_source,
        ever_opted_out,
        opt_out_date,
        escalation_count,
        auto_escalation_opt_out,
        pending_enrollment_date,
        pending_enrollment_rate,
        pending_enrollment_source,
        pending_opt_out_date,
        scheduled_hours_per_week,
        is_five_percent_owner,
        {{ 'prior_year_compensation' if is_first_year() else 'prorated_annual_compensation' }} as prior_year_compensation,
        vesting_service_at_census,
        employer_match_balance,
        employer_core_balance
    {%- if is_first_year() %}
    from {{ ref('int_baseline_workforce') }}
    where {{ in_slice('person_key') }}
    {%- else %}
    from {{ state }}
    where
        {{ this_year(offset=-1) }}
        and employment_status = 'active'
        and {{ in_slice('person_key') }}
    {%- endif %}

),

-- Ages and tenures are those of the eve of the year, in completed years.
aged as (

    select
        *,
        {{ completed_years('birth_date', year_end(-1)) }} as opening_age,
        {{ completed_years('hire_date', year_end(-1)) }} as opening_tenure
    from carried

),

age_factors as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

tenure_factors as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

levels as (

    select level_id, exit_multiplier, promotion_multiplier, level_id = max(level_id) over () as is_top_level
    from {{ ref('levels') }}

)

select
    aged.*,
    age_factors.exit_multiplier * tenure_factors.exit_multiplier * levels.exit_multiplier as exit_hazard,
    case
        when levels.is_top_level then 0
        else {{ promotion.base_rate }}::double * {{ promotion.promotion_rate_multiplier }}::double
            * age_factors.promotion_multiplier * tenure_factors.promotion_multiplier * levels.promotion_multiplier
    end as promotion_probability
from aged
inner join age_factors on greatest(aged.opening_age, 0) = age_factors.completed_years
inner join tenure_factors on greatest(aged.opening_tenure, 0) = tenure_factors.completed_years
inner join levels on aged.level_id = levels.level_id
