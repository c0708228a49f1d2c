{{ config(materialized='ephemeral') }}

-- Deferrals within 402(g), the plan's highest rate, the catch-up that age allows, and pay; nobody who was never enrolled
-- contributes; enrolled and rate > 0 are the same thing. Who is highly compensated follows from the row's own columns.
with snapshot as (

    select
        snapshot.cell,
        snapshot.person_key,
        snapshot.employee_id,
        snapshot.birth_date,
        snapshot.is_enrolled,
        snapshot.enrollment_date,
        snapshot.deferral_rate,
        snapshot.prorated_annual_compensation,
        snapshot.employee_contributions,
        snapshot.catch_up_contributions,
        snapshot.roth_contributions,
        snapshot.is_limited_by_415c,
        snapshot.is_hce <> (
            snapshot.is_five_percent_owner or (
                not starts_with(snapshot.detailed_status_code, 'new_hire')
                and snapshot.prior_year_compensation > limits.hce_compensation_last_year
                and coalesce(snapshot.is_in_top_paid_group, true)
            )
        ) as is_hce_without_cause,
        limits.elective_deferral_limit,
        {{ maximum_rate('snapshot.is_hce') }} as plan_maximum_rate,
        case
            when {{ completed_by_year_end('snapshot.birth_date', year_end()) }} < 50 then 0
            when {{ var('simulation_year') }} >= 2026 and not cells.roth_available
                and snapshot.prior_year_compensation > limits.roth_catch_up_wages then 0
            when {{ completed_by_year_end('snapshot.birth_date', year_end()) }} in (60, 61, 62, 63) then limits.catch_up_limit_60_63
            else limits.catch_up_limit
        end as catch_up_limit
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    inner join {{ ref('cells') }} as cells on snapshot.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}

),

periods as (

    select
        person_key,
        bool_or(deferral_rate > 0) as ever_enrolled,
        coalesce(sum({{ cents('compensation') }} * days) filter (where is_eligible), 0)::bigint as eligible_pay_days
    from {{ ref('int_pay_periods') }}
    where {{ in_slice('person_key') }}
    group by person_key

),

with_limit as (

    select
        snapshot.*,
        periods.ever_enrolled,
        least(snapshot.elective_deferral_limit, {{ money_from_ratio(
            'periods.eligible_pay_days * ' ~ basis_points('snapshot.plan_maximum_rate'), days_in_year() ~ ' * 10000'
        ) }}) as regular_limit
    from snapshot
    inner join periods on snapshot.person_key = periods.person_key

),

checked as (

    select
        *,
        case
            when employee_contributions > elective_deferral_limit + catch_up_limit then 'above_the_402g_limit'
            when catch_up_contributions > catch_up_limit then 'above_the_catch_up_limit'
            when catch_up_contributions > 0 and not is_limited_by_415c and employee_contributions - catch_up_contributions < regular_limit
                then 'catch_up_before_the_limit'
            when employee_contributions > prorated_annual_compensation then 'above_pay'
            when employee_contributions < 0 or roth_contributions < 0 or roth_contributions > employee_contributions then 'parts_within_the_whole'
            when employee_contributions > 0 and not ever_enrolled then 'contributes_without_enrollment'
            when employee_contributions > regular_limit + catch_up_limit then 'above_the_limit_of_the_plan'
            when is_enrolled <> (deferral_rate > 0) then 'enrolled_is_rate_above_zero'
            when is_enrolled and enrollment_date is null then 'enrolled_without_date'
            when deferral_rate not between 0 and 0.75 then 'rate_out_of_range'
            when is_hce_without_cause then 'highly_compensated_by_pay_or_ownership'
        end as rule
    from with_limit

)

select cell, rule, employee_id, concat('deferral rate ', deferral_rate) as detail
from checked
where rule is not null
