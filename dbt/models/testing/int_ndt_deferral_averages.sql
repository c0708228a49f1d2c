{{ config(materialized='table') }}

-- The ADP test (IRC 401(k)(3)): the averages, the limit and whether it fails.
with summed as (

    select
        cell,
        test_group,
        adp_nhce as n_nhce,
        adp_hce as n_hce,
        adp_nhce_above_zero as n_nhce_above_zero,
        adp_nhce_sum as nhce_sum,
        adp_hce_sum as hce_sum
    from {{ ref('int_ndt_groups') }}
    where adp_nhce + adp_hce > 0

),

{{ averages('adp') }}
