{{ config(materialized='view', first_year_only=true) }}

-- The censuses by number; a run of one scenario has one.
{{ census_rows() }}
