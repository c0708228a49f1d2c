{{ config(materialized='table') }}

-- The ACP test (IRC 401(m)(2)): the averages, the limit and whether it fails. Of most groups the match counts as it is paid.
with in_part as (

    select cell, test_group
    from {{ ref('int_ndt_groups') }}
    where is_generous

    union

    select cell, test_group
    from {{ ref('int_ndt_deferrals_cut') }}

),

counted as (

    select
        people.cell,
        people.test_group,
        people.is_hce,
        people.pay_cents,
        {{ counted_match() }} as amount_cents
    from {{ ref('int_ndt_people') }} as people
    inner join in_part on people.cell = in_part.cell and people.test_group = in_part.test_group
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    left join {{ ref('int_ndt_representative') }} as representative
        on people.cell = representative.cell and people.test_group = representative.test_group
    where
        {{ this_year('people') }}
        and people.acp_out is null

),

summed as (

    select
        cell,
        test_group,
        count(*) filter (where not is_hce) as n_nhce,
        count(*) filter (where is_hce) as n_hce,
        count(*) filter (where not is_hce and amount_cents > 0) as n_nhce_above_zero,
        sum({{ hundredths('amount_cents', 'pay_cents') }}) filter (where not is_hce)::bigint as nhce_sum,
        sum({{ hundredths('amount_cents', 'pay_cents') }}) filter (where is_hce)::bigint as hce_sum
    from counted
    group by cell, test_group

    union all

    select
        groups.cell,
        groups.test_group,
        groups.acp_nhce,
        groups.acp_hce,
        groups.acp_nhce_above_zero,
        groups.acp_nhce_sum,
        groups.acp_hce_sum
    from {{ ref('int_ndt_groups') }} as groups
    anti join in_part on groups.cell = in_part.cell and groups.test_group = in_part.test_group
    where groups.acp_nhce + groups.acp_hce > 0

),

{{ averages('acp') }}
