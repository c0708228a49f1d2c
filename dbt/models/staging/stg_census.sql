{{ config(materialized='view', first_year_only=true) }}

{{ census_rows() }}
