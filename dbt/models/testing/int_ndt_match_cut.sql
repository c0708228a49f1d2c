{{ config(
    materialized='table',
    tags=['heavy_transform'],
    empty_unless='select 1 from ' ~ ref('int_ndt_match_averages') ~ ' where fails'
) }}

-- Corrections of a failed ACP test (IRC 401(m)(6)): of the excess the vested part is paid out, the rest forfeited.
with failed as (

    select cell, test_group, n_hce, hce_sum, limit_quarters
    from {{ ref('int_ndt_match_averages') }}
    where fails

),

people as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.pay_cents,
        people.match_cents - coalesce(deferrals.related_match_cents, 0) as amount_cents,
        failed.n_hce,
        failed.hce_sum,
        failed.limit_quarters
    from {{ ref('int_ndt_people') }} as people
    inner join failed on people.cell = failed.cell and people.test_group = failed.test_group
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    where
        {{ this_year('people') }}
        and people.is_hce
        and people.acp_out is null

),

hces as (

    select
        people.*,
        {{ hundredths('people.amount_cents', 'people.pay_cents') }} as ratio,
        snapshot.employee_id,
        {{ basis_points('snapshot.match_vested_percentage') }} as vested_points
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join people on snapshot.person_key = people.person_key
    where {{ this_year('snapshot') }}

),

corrected as (

    select * from ({{ "with " ~ corrected('hces') }})

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
