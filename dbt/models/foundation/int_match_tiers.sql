{{ config(materialized='ephemeral') }}

-- The tiers of each match in force this year, in whole ten-thousandths. A band's tiers are for those who have at least
-- `minimum` and fewer than `below` years of service or points.
select
    tiers.cell,
    cells.match_family,
    tiers.minimum,
    tiers.below,
    {{ basis_points('tiers.deferral_from') }} as from_points,
    {{ basis_points('tiers.deferral_to') }} as to_points,
    {{ basis_points('tiers.match_rate') }} as rate_points
from {{ ref('match_tiers') }} as tiers
inner join {{ ref('cells') }} as cells on tiers.cell = cells.cell and {{ this_year('cells') }}
where {{ this_year('tiers') }}
