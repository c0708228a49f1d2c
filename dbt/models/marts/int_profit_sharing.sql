{{ config(materialized='table', tags=['heavy_transform']) }}

-- The shares in a pool, or in what is forfeited, to the cent: each the whole cents of its part, and what is left a cent each to the largest rests.
with weighted as (

    select
        'contribution' as pool_of,
        measures.cell,
        measures.person_key,
        measures.plan_cents::hugeint as pay,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} end::hugeint as excess_points,
        cells.core_pool_amount,
        cells.core_pool_rate,
        -- Pay and, with disparity, pay above the integration level once more, in cents times ten thousand.
        case cells.core_shared_by
            when 'head' then 1
            when 'rates' then measures.plan_cents * measures.rate_points
            when 'pay' then 10000 * measures.plan_cents
                + greatest(case when cells.core_disparity then 10000 * measures.plan_cents - {{ integration_level() }} end, 0)
            else error('unknown shares of a pool: ' || cells.core_shared_by)
        end::hugeint as weight
    from {{ ref('int_core_measures') }} as measures
    inner join {{ ref('cells') }} as cells on measures.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_plan_year_limits') }} as limits on measures.cell = limits.cell
    where
        {{ has_pool() }}
        and measures.ineligible_reason is null

    union all by name

    select
        'forfeitures' as pool_of,
        measures.cell,
        measures.person_key,
        measures.plan_cents::hugeint as pay,
        account.closing_balance as core_pool_amount,
        measures.plan_cents::hugeint as weight
    from {{ ref('int_core_measures') }} as measures
    inner join {{ ref('cells') }} as cells on measures.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ source('state', 'fct_forfeiture_account') }} as account
        on measures.cell = account.cell
            and {{ this_year('account', offset=-1) }}
    where
        cells.forfeitures_used_for = 'reallocate'
        and measures.ineligible_reason is null

),

pools as (

    select
        cell,
        pool_of,
        sum(weight)::hugeint as weights,
        sum(pay)::hugeint as pay_together,
        coalesce(
            {{ cents('any_value(core_pool_amount)') }},
            (2 * sum(pay) * {{ basis_points('any_value(core_pool_rate)') }} + 10000) // 20000
        )::hugeint as pool
    from weighted
    group by cell, pool_of

),

-- With disparity, pay and excess earn one rate until it is that of the excess (Treas. Reg. 1.401(l)-2(b)), pay the rest.
parts as (

    select
        weighted.cell,
        weighted.pool_of,
        weighted.person_key,
        people.employee_id,
        pools.pool,
        case
            when pools.pool * 100000000 > weighted.excess_points * pools.weights
                then weighted.excess_points * weighted.weight * pools.pay_together
                    + (pools.pool * 100000000 - weighted.excess_points * pools.weights) * weighted.pay
            else pools.pool * weighted.weight
        end as part,
        case
            when pools.pool * 100000000 > weighted.excess_points * pools.weights then 100000000 * pools.pay_together
            else pools.weights
        end as whole
    from weighted
    inner join pools on weighted.cell = pools.cell and weighted.pool_of = pools.pool_of
    inner join {{ ref('int_workforce_of_year') }} as people on weighted.person_key = people.person_key
    where pools.weights > 0

)

select
    cell,
    person_key,
    pool_of,
    (part // whole + (
        row_number() over (partition by cell, pool_of order by part % whole desc, employee_id)
        <= pool - sum(part // whole) over (partition by cell, pool_of)
    )::integer)::bigint as share_cents
from parts
