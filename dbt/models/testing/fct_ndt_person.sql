{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The tests person by person: in which group, with which pay, amount and ratio, or why not; and for the HCEs of a failed
-- test the two steps to a refund, the excess by ratio and what is returned by dollars.
with people as (

    select *
    from {{ ref('int_ndt_people') }}
    where {{ in_slice('person_key') }}

),

names as (

    select person_key, employee_id
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

core_rates as (

    select
        rates.person_key,
        case core.basis
            when 'imputed_disparity' then 10 * rates.imputed
            when 'benefits' then rates.benefit_thousandths
            else 10 * rates.allocation
        end as thousandths
    from {{ ref('int_ndt_core_rates') }} as rates
    inner join {{ ref('int_ndt_core') }} as core on rates.cell = core.cell and rates.test_group = core.test_group
    where {{ in_slice('rates.person_key') }}

),

tested as (

    select
        people.*,
        names.employee_id,
        case when people.acp_out is null then {{ counted_match() }} else people.match_cents end as counted_cents,
        core_rates.thousandths,
        deferrals.cut_to,
        deferrals.excess_cents,
        deferrals.returned_cents,
        deferrals.recharacterized_cents,
        deferrals.refunded_cents,
        deferrals.related_match_cents,
        matches.cut_to as match_cut_to,
        matches.excess_cents as match_excess_cents,
        matches.returned_cents as match_returned_cents,
        matches.distributed_cents,
        matches.forfeited_cents,
        deferrals.refund_earnings,
        matches.refund_earnings as match_refund_earnings
    from people
    inner join names on people.person_key = names.person_key
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    left join {{ ref('int_ndt_match_cut') }} as matches on people.person_key = matches.person_key
    left join {{ ref('int_ndt_representative') }} as representative
        on people.cell = representative.cell and people.test_group = representative.test_group
    left join core_rates on people.person_key = core_rates.person_key

)

select
    tested.cell,
    cells.scenario_id,
    cells.plan_design_id,
    tested.person_key,
    tested.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    tested.test_group,
    case when tested.is_hce then 'hce' else 'nhce' end as role,
    {{ dollars('tested.pay_cents') }} as compensation,
    tested.adp_out as out_reason,
    {{ dollars('tested.amount_cents') }} as amount,
    case when tested.adp_out is null then {{ points('tested.ratio') }} end as ratio,
    (tested.cut_to * 0.01)::decimal(12, 4) as leveled_ratio,
    {{ dollars('tested.excess_cents') }} as excess,
    {{ dollars('tested.returned_cents') }} as returned,
    {{ dollars('tested.recharacterized_cents') }} as recharacterized,
    {{ dollars('tested.refunded_cents') }} as refund,
    tested.refund_earnings,
    {{ dollars('tested.related_match_cents') }} as related_match_forfeited,
    tested.acp_out as match_out_reason,
    {{ dollars('tested.counted_cents') }} as match_amount,
    case when tested.acp_out is null then {{ points(hundredths('tested.counted_cents', 'tested.pay_cents')) }} end as match_ratio,
    (tested.match_cut_to * 0.01)::decimal(12, 4) as match_leveled_ratio,
    {{ dollars('tested.match_excess_cents') }} as match_excess,
    {{ dollars('tested.match_returned_cents') }} as match_returned,
    {{ dollars('tested.distributed_cents') }} as match_refund,
    tested.match_refund_earnings,
    {{ dollars('tested.forfeited_cents') }} as match_forfeited,
    case when tested.thousandths is not null then {{ dollars('tested.core_cents') }} end as core_amount,
    (tested.thousandths * 0.001)::decimal(12, 3) as core_ratio
from tested
inner join {{ ref('int_cells') }} as cells on tested.cell = cells.cell
