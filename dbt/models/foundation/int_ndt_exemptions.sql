{{ config(materialized='table') }}

-- Whether the settings of a plan make it a safe harbor (IRC 401(k)(12) and (13), 401(m)(11) and (12)), and why not. What
-- counts is what the settings say, not what a formula is called. Shares of pay are in hundredths of a point. It follows
-- from the settings and last year's account of forfeitures, so it stands here: what is built from the workforce on then
-- finds it.
with tiers as (

    select
        cell,
        minimum,
        {{ basis_points('deferral_from') }} as deferral_from,
        {{ basis_points('deferral_to') }} as deferral_to,
        {{ basis_points('match_rate') }} as match_rate
    from {{ ref('match_tiers') }}
    where {{ this_year() }}

),

-- Between these deferrals every match in question is a straight line.
knots as (

    select distinct
        tiers.cell,
        {{ basis_points('cells.maximum_deferral_rate') }} as highest,
        {{ basis_points('cells.match_maximum_rate') }} * 10000 as most_parts,
        unnest([0, 100, 300, 500, 600, 7500, 10000, highest, tiers.deferral_from, tiers.deferral_to]) as deferral
    from tiers
    inner join {{ ref('cells') }} as cells on tiers.cell = cells.cell and {{ this_year('cells') }}

),

matched as (

    select
        knots.cell,
        knots.highest,
        knots.deferral,
        min(tiers.minimum) < max(tiers.minimum) as has_bands,
        least(
            sum(tiers.match_rate * greatest(least(knots.deferral, tiers.deferral_to) - tiers.deferral_from, 0))::bigint,
            any_value(knots.most_parts)
        ) as match_parts,
        coalesce(sum(tiers.match_rate) filter (where knots.deferral >= tiers.deferral_from and knots.deferral < tiers.deferral_to), 0)
            as rate_above
    from knots
    inner join tiers on knots.cell = tiers.cell
    group by knots.cell, knots.highest, knots.deferral

),

stepped as (

    select
        *,
        rate_above > lag(rate_above, 1, rate_above) over (partition by cell order by deferral) as rises
    from matched

),

formulas as (

    select
        cell,
        bool_or(has_bands) as depends_on_service,
        bool_or(rises) as rises,
        bool_and(match_parts >= 10000 * least(deferral, 300) + 5000 * least(greatest(deferral - 300, 0), 200)) as is_basic,
        bool_and(match_parts >= 10000 * least(deferral, 100) + 5000 * least(greatest(deferral - 100, 0), 500)) as is_qaca,
        max(match_parts) > max(match_parts) filter (where deferral = 600) as goes_above_6_percent,
        -- Nobody's rate can be set above 75%.
        max(match_parts) filter (where deferral <= 7500) > max(match_parts) filter (where deferral <= highest) as is_out_of_reach
    from stepped
    group by cell

),

cores as (

    -- A profit-sharing contribution, discretionary as it is, is no safe harbor. What permitted disparity counts as its base
    -- is none either (Treas. Reg. 1.401(k)-3(h)(2)).
    select
        rates.cell,
        min(
            {{ basis_points('rates.core_rate') }}
            - case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} else 0 end
        ) as lowest_rate
    from {{ ref('core_rates') }} as rates
    inner join {{ ref('cells') }} as cells on rates.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ this_year('rates') }}
        and cells.core_type <> 'profit_sharing'
    group by rates.cell

),

vesting as (

    select schedule, min(years_of_service) as full_after
    from {{ ref('vesting_schedules') }}
    where vested_percentage = 1
    group by schedule

),

-- Safe harbor money goes to everybody who may defer, from the same day on (Treas. Reg. 1.401(k)-3(b)(1) and (c)(1)).
left_out as (

    select
        cell,
        not list_has_all(coalesce(entry_excluded, []), match_entry_excluded) as of_match,
        not list_has_all(coalesce(entry_excluded, []), core_entry_excluded) as of_core
    from {{ excluded_groups() }}

),

conditions as (

    select
        cells.cell,
        groups.test_group,
        formulas.cell is not null as has_match,
        coalesce(cells.forfeitures_used_for = 'reallocate' and account.closing_balance > 0, false) as has_reallocation,
        cells.core_type <> 'none' or has_reallocation as has_core,
        case
            when formulas.cell is null then 'no_match'
            when formulas.depends_on_service then 'match_depends_on_service'
            when formulas.rises then 'match_rate_rises'
            when cells.match_maximum_amount is not null then 'match_capped_in_dollars'
            when not cells.match_counts_catch_up then 'match_leaves_out_catch_up'
            -- Deferrals may be limited, but not below what earns the whole match (Treas. Reg. 1.401(k)-3(c)(6)(iii)).
            when formulas.is_out_of_reach then 'match_above_highest_deferral_rate'
            when cells.match_requires_last_day then 'match_requires_last_day'
            when cells.match_minimum_hours > 0 then 'match_requires_hours'
            when cells.match_minimum_service_years > 0
                or {{ starts_late('match') }} then 'match_requires_service'
            when left_out.of_match then 'match_excludes_groups'
        end as match_obstacle,
        case
            when cores.cell is null or cores.lowest_rate < 300 then 'core_below_3_percent'
            when cells.core_requires_last_day then 'core_requires_last_day'
            when cells.core_minimum_hours > 0 then 'core_requires_hours'
            when cells.core_minimum_service_years > 0
                or {{ starts_late('core') }} then 'core_requires_service'
            when left_out.of_core then 'core_excludes_groups'
        end as core_obstacle,
        coalesce(formulas.depends_on_service, false) as depends_on_service,
        formulas.is_basic,
        formulas.is_qaca,
        formulas.goes_above_6_percent,
        match_vesting.full_after as match_full_after,
        core_vesting.full_after as core_full_after,
        -- 401(k)(13)(C): everybody without an election, at 3 to 10%, rising to 6% at least and 15% at most.
        cells.auto_enrollment
        and cells.auto_enrollment_scope = 'all_eligible_employees'
        and cells.auto_enrollment_rate between 0.03 and 0.10
        and not (cells.escalation and cells.escalation_cap > 0.15)
        and (
            cells.auto_enrollment_rate >= 0.06
            or (
                cells.escalation
                and cells.escalation_increment >= 0.01
                and cells.escalation_cap >= 0.06
                and cells.escalation_delay_years <= 1
            )
        ) as has_qaca_defaults
    from {{ ref('cells') }} as cells
    cross join (select unnest(['all', 'statutory', 'otherwise_excludable', 'union']) as test_group) as groups
    left join formulas on cells.cell = formulas.cell
    left join cores on cells.cell = cores.cell
    left join left_out on cells.cell = left_out.cell
    left join {{ source('state', 'fct_forfeiture_account') }} as account
        on cells.cell = account.cell
            and {{ this_year('account', offset=-1) }}
    left join vesting as match_vesting on cells.match_vesting_schedule = match_vesting.schedule
    left join vesting as core_vesting on cells.core_vesting_schedule = core_vesting.schedule
    where {{ this_year('cells') }}

),

judged as (

    select
        *,
        case
            when match_obstacle is null and is_basic and match_full_after = 0 then 'safe_harbor_match'
            when match_obstacle is null and is_qaca and match_full_after <= 2 and has_qaca_defaults then 'qaca_match'
            when core_obstacle is null and core_full_after = 0 then 'safe_harbor_core'
            when core_obstacle is null and core_full_after <= 2 and has_qaca_defaults then 'qaca_core'
        end as adp_exempt_reason,
        -- Of the way that the plan comes nearest to.
        case
            when core_obstacle is null then 'core_not_vested'
            when depends_on_service and core_obstacle = 'core_below_3_percent' then 'match_depends_on_service'
            when depends_on_service then core_obstacle
            when coalesce(is_basic, false) or coalesce(is_qaca and has_qaca_defaults, false)
                then coalesce(match_obstacle, 'match_not_vested')
            when coalesce(is_qaca, false) and match_obstacle is null then 'automatic_enrollment_below_qaca'
            when core_obstacle <> 'core_below_3_percent' then core_obstacle
            when has_match then 'match_below_safe_harbor'
            else 'no_safe_harbor_money'
        end as adp_obstacle
    from conditions

)

select
    cell,
    test_group,
    has_match,
    has_core,
    adp_exempt_reason,
    case when adp_exempt_reason is null then adp_obstacle end as adp_not_exempt_reason,
    case when match_obstacle is null and not goes_above_6_percent then adp_exempt_reason end as acp_exempt_reason,
    case
        when adp_exempt_reason is null then adp_obstacle
        when match_obstacle is not null then match_obstacle
        when goes_above_6_percent then 'match_above_6_percent'
    end as acp_not_exempt_reason,
    -- Deferrals and safe harbor money alone (IRC 416(g)(4)(H), Rev. Rul. 2004-13).
    adp_exempt_reason is not null
    and (not has_match or acp_exempt_reason is not null)
    and not has_reallocation
    and (not has_core or adp_exempt_reason in ('safe_harbor_core', 'qaca_core')) as is_free_of_416
from judged
