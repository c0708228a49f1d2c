{{ config(materialized='table', tags=['heavy_transform']) }}

-- Corrections of a failed ACP test (IRC 401(m)(6)): of the excess the vested part is paid out, the rest forfeited.
with kept as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.is_hce,
        people.pay_cents,
        people.match_cents - coalesce(deferrals.related_match_cents, 0) as amount_cents
    from {{ ref('int_ndt_people') }} as people
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    where
        {{ this_year('people') }}
        and people.is_hce
        and people.acp_out is null

),

people as (

    select *, {{ hundredths('amount_cents', 'pay_cents') }} as ratio
    from kept

),

hces as (

    select person_key, employee_id, {{ basis_points('match_vested_percentage') }} as vested_points
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and is_hce

),

failed as (

    select * from {{ ref('int_ndt_match_averages') }}

),

corrected as (

    select * from ({{ "with " ~ corrected('people', 'failed', 'hces') }})

),

paid as (

    select
        corrected.*,
        cells.testing_correction = 'refund' as is_refunded,
        cells.testing_refund_earnings_rate as earnings_rate,
        (corrected.returned_cents * hces.vested_points + 5000) // 10000 as vested_cents
    from corrected
    inner join hces on corrected.person_key = hces.person_key
    inner join {{ ref('cells') }} as cells on corrected.cell = cells.cell and {{ this_year('cells') }}

)

select
    cell,
    test_group,
    person_key,
    cut_to,
    excess_cents,
    returned_cents,
    case when is_refunded then vested_cents else 0 end as distributed_cents,
    case when is_refunded then returned_cents - vested_cents else 0 end as forfeited_cents,
    {{ money('case when is_refunded then ' ~ dollars('vested_cents') ~ ' * earnings_rate else 0 end') }} as refund_earnings
from paid
