{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The core (nonelective) contribution before the 415(c) limit, with permitted disparity (IRC 401(l)).
-- What permitted disparity adds is a rate on pay above a level in cents times ten thousand.
with terms as (

    select
        cells.cell,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} else 0 end as excess_points,
        {{ integration_level() }} as integration_level,
        {{ has_pool() }} as has_pool
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_plan_year_limits') }} as limits on cells.cell = limits.cell
    where {{ this_year('cells') }}

)

select
    rated.cell,
    rated.person_key,
    {{ var('simulation_year') }} as simulation_year,
    (case
        when terms.has_pool then coalesce((2 * shares.share_cents * 10000 + rated.plan_cents) // (2 * rated.plan_cents), 0)
        else rated.rate_points
    end * 0.0001)::decimal(9, 4) as core_rate,
    rated.ineligible_reason,
    {{ dollars('coalesce(forfeitures.share_cents, 0)') }} as reallocated_forfeitures,
    {{ dollars('coalesce(forfeitures.share_cents, 0)') }} + case
        when rated.ineligible_reason is not null then 0
        when terms.has_pool then {{ dollars('coalesce(shares.share_cents, 0)') }}
        else {{ money_from_scaled_cents('rated.plan_cents * rated.rate_points * 10000
            + greatest(rated.plan_cents * 10000 - terms.integration_level, 0) * least(terms.excess_points, rated.rate_points)', 100000000) }}
    end as core_before_limit
from {{ ref('int_core_measures') }} as rated
inner join terms on rated.cell = terms.cell
left join {{ ref('int_profit_sharing') }} as shares
    on rated.person_key = shares.person_key and shares.pool_of = 'contribution'
left join {{ ref('int_profit_sharing') }} as forfeitures
    on rated.person_key = forfeitures.person_key and forfeitures.pool_of = 'forfeitures'
where {{ in_slice('rated.person_key') }}
