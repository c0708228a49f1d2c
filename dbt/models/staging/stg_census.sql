{{ config(materialized='view', first_year_only=true) }}

-- The censuses by number; a run of one scenario has one.
select 1 as census, *
from ({{ census_rows() }})
