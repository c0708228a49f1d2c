{{ config(materialized='table') }}

-- The ACP test (IRC 401(m)(2)): the averages, the limit and whether it fails.
with counted as (

    select
        people.cell,
        people.test_group,
        people.is_hce,
        people.pay_cents,
        {{ counted_match() }} as amount_cents
    from {{ ref('int_ndt_people') }} as people
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    left join {{ ref('int_ndt_representative') }} as representative
        on people.cell = representative.cell and people.test_group = representative.test_group
    where
        {{ this_year('people') }}
        and people.acp_out is null

),

people as (

    select cell, test_group, is_hce, amount_cents, {{ hundredths('amount_cents', 'pay_cents') }} as ratio
    from counted

),

{{ averages('people', 'acp') }}
