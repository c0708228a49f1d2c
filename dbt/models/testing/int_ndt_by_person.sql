{{ config(materialized='view') }}

-- The tests person by person, by number: in which group, with which pay, amount and ratio, or why not; and for the HCEs of a
-- failed test the two steps to a refund, the excess by ratio and what is returned by dollars. Nothing is written a second
-- time, and who it was is left to fct_ndt_person, because to look up everybody would take as long as the rest.
with tested as (

    select
        people.*,
        coalesce(results.counted_cents, people.match_cents) as counted_cents,
        results.* exclude (cell, person_key, simulation_year, counted_cents)
    from {{ ref('int_ndt_people') }} as people
    left join {{ ref('int_ndt_results') }} as results
        on people.person_key = results.person_key and people.simulation_year = results.simulation_year

)

select
    cell,
    person_key,
    simulation_year,
    test_group::varchar as test_group,
    case when is_hce then 'hce' else 'nhce' end as role,
    {{ dollars('pay_cents') }} as compensation,
    adp_out as out_reason,
    {{ dollars('amount_cents') }} as amount,
    case when adp_out is null then {{ points(hundredths('amount_cents', 'pay_cents')) }} end as ratio,
    (cut_to * 0.01)::decimal(12, 4) as leveled_ratio,
    {{ dollars('excess_cents') }} as excess,
    {{ dollars('returned_cents') }} as returned,
    {{ dollars('recharacterized_cents') }} as recharacterized,
    {{ dollars('refunded_cents') }} as refund,
    refund_earnings,
    {{ dollars('related_match_cents') }} as related_match_forfeited,
    acp_out as match_out_reason,
    {{ dollars('counted_cents') }} as match_amount,
    case when acp_out is null then {{ points(hundredths('counted_cents', 'pay_cents')) }} end as match_ratio,
    (match_cut_to * 0.01)::decimal(12, 4) as match_leveled_ratio,
    {{ dollars('match_excess_cents') }} as match_excess,
    {{ dollars('match_returned_cents') }} as match_returned,
    {{ dollars('distributed_cents') }} as match_refund,
    match_refund_earnings,
    {{ dollars('forfeited_cents') }} as match_forfeited,
    case when core_thousandths is not null then {{ dollars('core_cents') }} end as core_amount,
    (core_thousandths * 0.001)::decimal(12, 3) as core_ratio
from tested
