{{ config(materialized='view') }}

{{ census_rows() }}
