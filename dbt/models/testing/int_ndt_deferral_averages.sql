{{ config(materialized='table') }}

-- The ADP test (IRC 401(k)(3)): the averages, the limit and whether it fails.
with people as (

    select cell, test_group, is_hce, amount_cents, {{ hundredths('amount_cents', 'pay_cents') }} as ratio
    from {{ ref('int_ndt_people') }}
    where
        {{ this_year() }}
        and adp_out is null

),

{{ averages('people', 'adp') }}
