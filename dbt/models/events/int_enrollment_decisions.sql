{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

{%- set enrollment = var('plan').enrollment %}
{%- set auto = enrollment.auto_enrollment %}
{%- set magnet = enrollment.match_magnet %}
{%- set in_scope -%}
{%- if not auto.enabled -%} false
{%- elif auto.scope == 'all_eligible_employees' -%} true
{%- else -%} hire_date >= date '{{ auto.hire_date_cutoff or ("%04d-01-01"|format(var("start_year")|int)) }}'
{%- endif -%}
{%- endset %}

-- What eligible people who do not take part decide this year. A decision may take effect next year; until then it is
-- carried as pending. The state machine is in methodology 7.
with eligible as (

    select
        person_key,
        employee_id,
        hire_date,
        eligibility_date,
        eligibility_date >= {{ year_start() }} as is_newly_eligible,
        ever_opted_out,
        opt_out_date,
        pending_enrollment_date,
        pending_enrollment_rate,
        pending_enrollment_source,
        pending_opt_out_date,
        level_id,
        opening_age,
        opening_tenure,
        opening_compensation,
        {{ in_scope }} as is_in_auto_scope
    from {{ ref('int_workforce_of_year') }}
    where
        deferral_rate = 0
        and eligibility_date <= last_day
        and {{ in_slice('person_key') }}

),

tenure_factors as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

with_chances as (

    select
        eligible.*,
        income.income_segment,
        age.age_segment,
        age.voluntary_rate * income.voluntary_multiplier * levels.enrollment_multiplier
            * {{ enrollment.voluntary_rate_multiplier }}::double as voluntary_chance,
        age.conversion_rate * income.conversion_multiplier * tenure_factors.conversion_multiplier
            * {{ enrollment.conversion_rate_multiplier }}::double as conversion_chance,
        age.opt_out_rate * income.opt_out_multiplier * {{ enrollment.opt_out_rate_multiplier }}::double as opt_out_chance
    from eligible
    inner join {{ ref('participation_by_age') }} as age
        on eligible.opening_age >= age.min_age and eligible.opening_age < age.max_age
    inner join {{ ref('participation_by_income') }} as income
        on eligible.opening_compensation >= income.min_pay and eligible.opening_compensation < income.max_pay
    inner join {{ ref('levels') }} as levels on eligible.level_id = levels.level_id
    inner join tenure_factors on greatest(eligible.opening_tenure, 0) = tenure_factors.completed_years

),

chosen as (

    select
        *,
        case
            when pending_enrollment_date is not null then 'pending'
            when is_newly_eligible then
                case
                    when {{ draw('voluntary_enrollment', 'employee_id', 0) }} < voluntary_chance then 'voluntary'
                    when is_in_auto_scope and not ever_opted_out then 'auto'
                end
            {%- if is_first_year() %}
            {%- if auto.scope == 'all_eligible_employees' %}
            when is_in_auto_scope then 'auto'
            {%- else %}
            when is_in_auto_scope and eligibility_date + {{ auto.window_days }} >= {{ year_start() }} then 'auto'
            {%- endif %}
            {%- endif %}
            when (opt_out_date is null or {{ var('simulation_year') }} - year(opt_out_date) >= {{ enrollment.opt_out_cooling_years }})
                and {{ draw('conversion', 'employee_id') }} < conversion_chance
                then 'conversion'
        end as choice
    from with_chances

),

acting as (

    select *
    from chosen
    where choice is not null

),

dated as (

    select
        acting.*,
        elected.deferral_rate as elected_rate,
        case choice
            when 'pending' then pending_enrollment_date
            when 'voluntary' then eligibility_date + 7 + {{ draw_days(draw('voluntary_enrollment_date', 'employee_id', 0), 29) }}
            when 'conversion' then {{ year_start() }} + {{ draw_days(draw('conversion_date', 'employee_id'), days_in_year()) }}
            when 'auto' then
                {%- if auto.scope == 'all_eligible_employees' %}
                greatest(eligibility_date, {{ year_start() }})
                {%- else %}
                eligibility_date
                {%- endif %} + {{ auto.window_days }}
        end as enrollment_date
    from acting
    inner join {{ ref('elected_deferral_rates') }} as elected
        on acting.income_segment = elected.income_segment and acting.age_segment = elected.age_segment

),

rated as (

    select
        *,
        coalesce(pending_enrollment_source, choice) as enrollment_source,
        case
            when choice = 'pending' then pending_enrollment_rate
            when choice = 'auto' then {{ auto.default_deferral_rate }}
            when elected_rate < {{ var('match_ceiling') }}
                and {{ draw('match_magnet', 'employee_id', 0) }} < {{ magnet.probability }}
                then greatest(elected_rate, least({{ var('match_ceiling') }}, {{ magnet.maximum_rate }}))
            else elected_rate
        end as wanted_rate,
        case
            when choice = 'pending' then pending_opt_out_date
            when choice = 'auto' and {{ draw('opt_out', 'employee_id', 0) }} < opt_out_chance
                then enrollment_date + 1
                    + {{ draw_days(draw('opt_out_date', 'employee_id', 0), auto.opt_out_grace_period) }}
        end as opt_out_date_decided
    from dated

)

select
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    enrollment_source,
    enrollment_date,
    least(wanted_rate, {{ var('plan').deferral.maximum_rate }})::decimal(6, 4) as deferral_rate,
    opt_out_date_decided as opt_out_date
from rated
