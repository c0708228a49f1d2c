{{ config(materialized='table') }}

-- The ACP test (IRC 401(m)(2)): the averages, the limit and whether it fails.
with people as (

    select * from {{ ref('int_ndt_matched') }}

),

{{ averages('people', 'acp') }}
