{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The tests person by person: in which group, with which pay, amount and ratio, or why not; and in a failed test the two
-- steps to a refund, the excess by ratio and what is returned by dollars.
with people as (

    select
        cell,
        person_key,
        employee_id,
        test_group,
        is_hce,
        adp_out,
        acp_out,
        pay_cents,
        amount_cents,
        match_cents,
        ratio
    from {{ ref('int_ndt_people') }}
    where {{ in_slice('person_key') }}

),

matched as (

    select person_key, amount_cents, ratio
    from {{ ref('int_ndt_matched') }}
    where {{ in_slice('person_key') }}

),

deferrals as (

    select
        'adp' as test,
        people.cell,
        people.person_key,
        people.employee_id,
        people.test_group,
        people.is_hce,
        people.adp_out as out_reason,
        people.pay_cents,
        people.amount_cents,
        case when people.adp_out is null then people.ratio end as ratio,
        cut.cut_to,
        cut.excess_cents,
        cut.returned_cents,
        cut.recharacterized_cents,
        cut.refunded_cents,
        cut.refund_earnings,
        cut.related_match_cents,
        0 as forfeited_cents
    from people
    left join {{ ref('int_ndt_deferrals_cut') }} as cut on people.person_key = cut.person_key

),

matches as (

    select
        'acp' as test,
        people.cell,
        people.person_key,
        people.employee_id,
        people.test_group,
        people.is_hce,
        people.acp_out as out_reason,
        people.pay_cents,
        coalesce(matched.amount_cents, people.match_cents) as amount_cents,
        matched.ratio,
        cut.cut_to,
        cut.excess_cents,
        cut.returned_cents,
        0 as recharacterized_cents,
        cut.distributed_cents as refunded_cents,
        cut.refund_earnings,
        0 as related_match_cents,
        cut.forfeited_cents
    from people
    left join matched on people.person_key = matched.person_key
    left join {{ ref('int_ndt_match_cut') }} as cut on people.person_key = cut.person_key
    where people.acp_out is distinct from 'no_match'

),

cores as (

    select
        'amount_core' as test,
        people.cell,
        people.person_key,
        people.employee_id,
        people.test_group,
        people.is_hce,
        rates.pay_cents,
        rates.core_cents as amount_cents,
        case core.basis
            when 'imputed_disparity' then 10 * rates.imputed
            when 'benefits' then rates.benefit_thousandths
            else 10 * rates.allocation
        end * 0.001 as ratio
    from {{ ref('int_ndt_core_rates') }} as rates
    inner join {{ ref('int_ndt_core') }} as core on rates.cell = core.cell and rates.test_group = core.test_group
    inner join people on rates.person_key = people.person_key
    where {{ in_slice('rates.person_key') }}

),

tested as (

    select * replace (ratio * 0.01 as ratio) from deferrals
    union all by name
    select * replace (ratio * 0.01 as ratio) from matches
    union all by name
    select * from cores

)

select
    tested.cell,
    cells.scenario_id,
    cells.plan_design_id,
    tested.person_key,
    tested.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    tested.test,
    tested.test_group,
    case when tested.is_hce then 'hce' else 'nhce' end as role,
    tested.out_reason,
    {{ dollars('tested.pay_cents') }} as compensation,
    {{ dollars('tested.amount_cents') }} as amount,
    tested.ratio::decimal(12, 3) as ratio,
    (tested.cut_to * 0.01)::decimal(12, 4) as leveled_ratio,
    {%- for amount in ['excess', 'returned', 'recharacterized', 'refunded', 'related_match', 'forfeited'] %}
    {{ dollars('coalesce(tested.' ~ amount ~ '_cents, 0)') }} as {{ {'refunded': 'refund', 'related_match': 'related_match_forfeited'}.get(amount, amount) }},
    {%- endfor %}
    coalesce(tested.refund_earnings, 0)::decimal(18, 2) as refund_earnings
from tested
inner join {{ ref('int_cells') }} as cells on tested.cell = cells.cell
