{{ config(materialized='table') }}

-- The shares in a pool, to the cent: each the whole cents of its part, and what is left a cent each to the largest rests.
with weighted as (

    select
        measures.cell,
        measures.person_key,
        measures.employee_id,
        measures.plan_cents::hugeint as pay,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} end::hugeint as excess_points,
        cells.core_pool_amount,
        cells.core_pool_rate,
        -- Pay and, with disparity, pay above the integration level once more, in cents times ten thousand.
        case cells.core_shared_by
            when 'head' then 1
            when 'rates' then measures.plan_cents * measures.rate_points
            when 'pay' then 10000 * measures.plan_cents + case when cells.core_disparity then greatest(
                10000 * measures.plan_cents
                - {{ cents('limits.social_security_wage_base') }} * {{ basis_points('cells.core_integration_level') }}, 0
            ) else 0 end
            else error('unknown shares of a pool: ' || cells.core_shared_by)
        end::hugeint as weight
    from {{ ref('int_core_measures') }} as measures
    inner join {{ ref('int_cells') }} as cells on measures.cell = cells.cell
    inner join {{ ref('int_plan_year_limits') }} as limits on measures.cell = limits.cell
    where
        {{ has_pool() }}
        and measures.ineligible_reason is null

),

pools as (

    select
        cell,
        sum(weight)::hugeint as weights,
        sum(pay)::hugeint as pay_together,
        coalesce(
            {{ cents('any_value(core_pool_amount)') }},
            (2 * sum(pay) * {{ basis_points('any_value(core_pool_rate)') }} + 10000) // 20000
        )::hugeint as pool
    from weighted
    group by cell

),

-- With disparity, pay and excess earn one rate until it is that of the excess (Treas. Reg. 1.401(l)-2(b)), pay the rest.
parts as (

    select
        weighted.cell,
        weighted.person_key,
        weighted.employee_id,
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
    inner join pools on weighted.cell = pools.cell
    where pools.weights > 0

)

select
    cell,
    person_key,
    (part // whole + (
        row_number() over (partition by cell order by part % whole desc, employee_id)
        <= pool - sum(part // whole) over (partition by cell)
    )::integer)::bigint as share_cents
from parts
