{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- What eligible people who do not take part decide this year. A decision may take effect next year; until then it is
-- carried as pending. The state machine is in methodology 7.
-- Since when automatic enrollment has been in force without a break, and that of everybody.
with earlier_years as (

    select
        cell,
        max(simulation_year) filter (where not auto_enrollment) + 1 as auto_since,
        max(simulation_year) filter (where not auto_enrollment or auto_enrollment_scope <> 'all_eligible_employees') + 1 as everybody_since
    from {{ ref('cells') }}
    where simulation_year < {{ var('simulation_year') }}
    group by cell

),

cells as (

    select
        cells.cell,
        cells.random_seed,
        cells.auto_enrollment,
        cells.auto_enrollment_scope = 'all_eligible_employees' as auto_enrolls_everybody,
        cells.auto_enrollment_reenroll = 'yearly' as reenrolls,
        coalesce(earlier_years.auto_since, cells.start_year) as auto_since,
        coalesce(earlier_years.everybody_since, cells.start_year) as everybody_since,
        coalesce(
            cells.auto_enrollment_hire_date_cutoff, make_date(coalesce(earlier_years.auto_since, cells.start_year), 1, 1)
        ) as auto_enrollment_hire_date_cutoff,
        cells.auto_enrollment_rate,
        cells.auto_enrollment_window_days,
        cells.opt_out_grace_days,
        cells.opt_out_cooling_years,
        cells.voluntary_rate_multiplier,
        cells.conversion_rate_multiplier,
        cells.opt_out_rate_multiplier,
        cells.match_magnet_probability,
        matches.match_ceiling,
        matches.match_rate_change,
        matches.match_rate_change_since_start,
        least(matches.match_ceiling, cells.match_magnet_maximum_rate) as match_magnet_rate
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_match_in_force') }} as matches on cells.cell = matches.cell
    left join earlier_years on cells.cell = earlier_years.cell
    where {{ this_year('cells') }}

),

eligible as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        plan_state.eligibility_date,
        plan_state.eligibility_date >= {{ year_start() }} as is_newly_eligible,
        plan_state.ever_opted_out,
        plan_state.opt_out_date,
        plan_state.pending_enrollment_date,
        plan_state.pending_enrollment_rate,
        plan_state.pending_enrollment_source,
        plan_state.pending_opt_out_date,
        plan_state.plan_maximum_rate,
        plan_state.maximum_rate,
        people.level_id,
        people.opening_age,
        people.opening_tenure,
        people.opening_compensation,
        cells.auto_enrollment
            and (cells.auto_enrolls_everybody or people.hire_date >= cells.auto_enrollment_hire_date_cutoff) as is_in_auto_scope
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join cells on people.cell = cells.cell
    where
        plan_state.deferral_rate = 0
        and plan_state.eligibility_date <= people.last_day
        and {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

-- Some elect more than most people of their segments: by one draw a life, from the highest rate down.
tails as (

    select
        income_segment,
        deferral_rate,
        sum(share) over from_the_top - share as share_above,
        sum(share) over from_the_top as share_up_to
    from {{ ref('elected_rate_tails') }}
    window from_the_top as (partition by income_segment order by deferral_rate desc)

),

tenure_factors as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

with_chances as (

    select
        eligible.*,
        cells.* exclude (cell, auto_enrollment),
        income.income_segment,
        age.age_segment,
        age.voluntary_rate * income.voluntary_multiplier * levels.enrollment_multiplier
            * cells.voluntary_rate_multiplier
            * exp(income.voluntary_response * cells.match_rate_change_since_start) as voluntary_chance,
        age.conversion_rate * income.conversion_multiplier * tenure_factors.conversion_multiplier
            * cells.conversion_rate_multiplier as conversion_chance,
        -- A better match leaves fewer out.
        1 - (1 - conversion_chance) * exp(-income.join_response * cells.match_rate_change) as joining_chance,
        age.opt_out_rate * income.opt_out_multiplier * cells.opt_out_rate_multiplier as opt_out_chance
    from eligible
    inner join cells on eligible.cell = cells.cell
    inner join {{ ref('participation_by_age') }} as age
        on eligible.opening_age >= age.min_age and eligible.opening_age < age.max_age
    inner join {{ ref('int_income_segments') }} as income
        on eligible.cell = income.cell
        and eligible.opening_compensation >= income.min_pay
        and eligible.opening_compensation < income.max_pay
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
            when is_in_auto_scope and reenrolls then 'auto'
            -- The sweep of the first year in force.
            when is_in_auto_scope and not ever_opted_out
                and case
                    when auto_enrolls_everybody then everybody_since = {{ var('simulation_year') }}
                    else auto_since = {{ var('simulation_year') }} and eligibility_date + auto_enrollment_window_days >= {{ year_start() }}
                end
                then 'auto'
            when (opt_out_date is null or {{ completed_by_year_end('opt_out_date', year_end()) }} >= opt_out_cooling_years)
                and {{ draw('conversion', 'employee_id') }} < joining_chance
                then case when {{ draw('conversion', 'employee_id') }} < conversion_chance then 'conversion' else 'match_response' end
        end as choice
    from with_chances

),

acting as (

    select *, {{ draw('elected_rate', 'employee_id', 0) }} as tail_draw
    from chosen
    where choice is not null

),

dated as (

    select
        acting.*,
        greatest(elected.deferral_rate, tails.deferral_rate) as elected_rate,
        case choice
            when 'pending' then pending_enrollment_date
            when 'voluntary' then eligibility_date + 7 + {{ draw_days(draw('voluntary_enrollment_date', 'employee_id', 0), 29) }}
            when 'auto' then
                case when auto_enrolls_everybody or reenrolls then greatest(eligibility_date, {{ year_start() }}) else eligibility_date end
                + auto_enrollment_window_days
            else {{ year_start() }} + {{ draw_days(draw('conversion_date', 'employee_id'), days_in_year()) }}
        end as enrollment_date
    from acting
    inner join {{ ref('elected_deferral_rates') }} as elected
        on acting.income_segment = elected.income_segment and acting.age_segment = elected.age_segment
    left join tails
        on acting.income_segment = tails.income_segment
            and acting.tail_draw >= tails.share_above
            and acting.tail_draw < tails.share_up_to

),

rated as (

    select
        *,
        coalesce(pending_enrollment_source, {{ word('enrollment_source', "nullif(choice, 'pending')") }}) as enrollment_source,
        case
            when choice = 'pending' then pending_enrollment_rate
            when choice = 'auto' then auto_enrollment_rate
            when elected_rate < match_ceiling and {{ draw('match_magnet', 'employee_id', 0) }} < match_magnet_probability
                then greatest(elected_rate, match_magnet_rate)
            else elected_rate
        end as wanted_rate,
        case
            when choice = 'pending' then pending_opt_out_date
            when choice = 'auto' and {{ draw('opt_out', 'employee_id', 0) }} < opt_out_chance
                then enrollment_date + 1
                    + {{ draw_days(draw('opt_out_date', 'employee_id', 0), 'opt_out_grace_days') }}
        end as opt_out_date_decided
    from dated

)

select
    person_key,
    enrollment_source,
    enrollment_date,
    least(wanted_rate, case when enrollment_source = 'auto' then plan_maximum_rate else maximum_rate end)::decimal(6, 4) as deferral_rate,
    opt_out_date_decided as opt_out_date
from rated
