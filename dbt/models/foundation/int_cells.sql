{{ config(materialized='ephemeral') }}

-- The simulated futures with the settings in force this year, one row each.
select
    *,
    start_year = simulation_year as is_first_year,
    make_date(start_year - 1, 12, 31) as census_date
from {{ ref('cells') }}
where {{ this_year() }}
