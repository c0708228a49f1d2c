{{ config(materialized='table') }}

-- Corrections of a failed ACP test (IRC 401(m)(6)): of the excess the vested part is paid out, the rest forfeited.
with people as (

    select * from {{ ref('int_ndt_matched') }}

),

failed as (

    select * from {{ ref('int_ndt_match_averages') }}

),

corrected as (

    select * from ({{ "with " ~ corrected('people', 'failed') }})

),

paid as (

    select
        corrected.*,
        cells.testing_correction = 'refund' as is_refunded,
        cells.testing_refund_earnings_rate as earnings_rate,
        (corrected.returned_cents * {{ basis_points('people.match_vested_percentage') }} + 5000) // 10000 as vested_cents
    from corrected
    inner join people on corrected.person_key = people.person_key
    inner join {{ ref('int_cells') }} as cells on corrected.cell = cells.cell

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
