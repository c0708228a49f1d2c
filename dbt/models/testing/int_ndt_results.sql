{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    empty_unless='select 1 from ' ~ ref('int_ndt_groups') ~ ' where is_generous'
        ~ ' union all select 1 from ' ~ ref('int_ndt_deferrals_cut')
        ~ ' union all select 1 from ' ~ ref('int_ndt_match_cut')
        ~ ' union all select 1 from ' ~ ref('int_ndt_core')
) }}

-- What the tests make of people beyond an amount and a ratio: what HCEs of failed tests give back, the match of NHCEs of
-- which a part does not count, and the rates of a general test. In most years few people have any of it.
with core_rates as (

    select
        rates.person_key,
        case core.basis
            when 'imputed_disparity' then 10 * rates.imputed
            when 'benefits' then rates.benefit_thousandths
            else 10 * rates.allocation
        end as core_thousandths
    from {{ ref('int_ndt_core_rates') }} as rates
    inner join {{ ref('int_ndt_core') }} as core on rates.cell = core.cell and rates.test_group = core.test_group

),

results as (

    select
        people.cell,
        people.person_key,
        case when people.acp_out is null then nullif({{ counted_match() }}, people.match_cents) end as counted_cents,
        deferrals.cut_to,
        deferrals.excess_cents,
        deferrals.returned_cents,
        deferrals.recharacterized_cents,
        deferrals.refunded_cents,
        deferrals.refund_earnings,
        deferrals.related_match_cents,
        matches.cut_to as match_cut_to,
        matches.excess_cents as match_excess_cents,
        matches.returned_cents as match_returned_cents,
        matches.distributed_cents,
        matches.refund_earnings as match_refund_earnings,
        matches.forfeited_cents,
        core_rates.core_thousandths
    from {{ ref('int_ndt_people') }} as people
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    left join {{ ref('int_ndt_match_cut') }} as matches on people.person_key = matches.person_key
    left join {{ ref('int_ndt_representative') }} as representative
        on people.cell = representative.cell and people.test_group = representative.test_group
    left join core_rates on people.person_key = core_rates.person_key
    where {{ this_year('people') }}

)

select
    *,
    {{ var('simulation_year') }} as simulation_year
from results
where coalesce(counted_cents, excess_cents, match_excess_cents, core_thousandths) is not null
