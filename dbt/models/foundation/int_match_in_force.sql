{{ config(materialized='ephemeral') }}

-- The match of the year beside the one that people know: that of the year before, in the first year
-- plan.behavior.known_plan. A ceiling is the highest deferral rate that earns a match, a rate what a dollar deferred up to
-- 6% of pay earns; of several bands the best one counts. Where nobody answers, what is known is what is in force.
with bands as (

    select
        tiers.cell,
        tiers.simulation_year,
        max(tiers.deferral_to) filter (where tiers.match_rate > 0) as ceiling,
        round(
            least(
                sum(tiers.match_rate * greatest(0, least(tiers.deferral_to, 0.06) - tiers.deferral_from)),
                any_value(cells.match_maximum_rate)
            )::double / 0.06, 6
        ) as match_rate
    from {{ ref('match_tiers') }} as tiers
    inner join {{ ref('cells') }} as cells on tiers.cell = cells.cell and tiers.simulation_year = cells.simulation_year
    group by tiers.cell, tiers.simulation_year, tiers.minimum

),

designs as (

    select
        cells.cell,
        cells.simulation_year,
        coalesce(max(bands.ceiling), 0)::decimal(6, 4) as ceiling,
        coalesce(max(bands.match_rate), 0) as match_rate
    from {{ ref('cells') }} as cells
    left join bands on cells.cell = bands.cell and cells.simulation_year = bands.simulation_year
    group by cells.cell, cells.simulation_year

),

known_first as (

    select
        cells.cell,
        coalesce(cells.known_match_ceiling, designs.ceiling) as ceiling,
        coalesce(cells.known_match_rate, designs.match_rate) as match_rate
    from {{ ref('cells') }} as cells
    inner join designs on cells.cell = designs.cell and cells.simulation_year = designs.simulation_year
    where cells.is_first_year

)

select
    cells.cell,
    designs.ceiling as match_ceiling,
    case when cells.responds then coalesce(earlier.ceiling, known_first.ceiling) else designs.ceiling end as known_ceiling,
    case when cells.responds then designs.match_rate - coalesce(earlier.match_rate, known_first.match_rate) else 0 end
        as match_rate_change,
    case when cells.responds then designs.match_rate - known_first.match_rate else 0 end as match_rate_change_since_start
from {{ ref('cells') }} as cells
inner join designs
    on cells.cell = designs.cell
        and {{ this_year('designs') }}
inner join known_first on cells.cell = known_first.cell
left join designs as earlier
    on cells.cell = earlier.cell
        and {{ this_year('earlier', offset=-1) }}
where {{ this_year('cells') }}
