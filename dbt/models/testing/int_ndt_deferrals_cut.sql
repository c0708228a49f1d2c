{{ config(
    materialized='table',
    tags=['heavy_transform'],
    empty_unless='select 1 from ' ~ ref('int_ndt_deferral_averages') ~ ' where fails'
) }}

-- Corrections of a failed ADP test (IRC 401(k)(8)): excess by ratio, returned by dollars, recharacterized as catch-up where
-- there is room, the rest refunded with earnings, and the match on it forfeited.
with failed as (

    select cell, test_group, n_hce, hce_sum, limit_quarters
    from {{ ref('int_ndt_deferral_averages') }}
    where fails

),

-- The HCEs of failed tests: in most years nobody, and then nobody is looked for in the larger tables.
people as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.amount_cents,
        people.pay_cents,
        {{ hundredths('people.amount_cents', 'people.pay_cents') }} as ratio,
        people.deferral_cents - people.amount_cents as catch_up_cents,
        people.match_cents,
        failed.n_hce,
        failed.hce_sum,
        failed.limit_quarters
    from {{ ref('int_ndt_people') }} as people
    inner join failed on people.cell = failed.cell and people.test_group = failed.test_group
    where
        {{ this_year('people') }}
        and people.is_hce
        and people.adp_out is null

),

contributions as (

    select
        contributions.person_key,
        {{ cents('contributions.catch_up_limit') }} as catch_up_limit_cents,
        {{ cents('contributions.matched_deferrals') }} as matched_cents,
        {{ cents('contributions.match_compensation') }} as plan_cents
    from {{ ref('fct_employee_contributions') }} as contributions
    inner join people on contributions.person_key = people.person_key
    where {{ this_year('contributions') }}

),

hces as (

    select
        people.*,
        snapshot.employee_id,
        greatest(contributions.catch_up_limit_cents - people.catch_up_cents, 0) as catch_up_room_cents,
        contributions.matched_cents,
        contributions.plan_cents
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join people on snapshot.person_key = people.person_key
    inner join contributions on snapshot.person_key = contributions.person_key
    where {{ this_year('snapshot') }}

),

corrected as (

    select * from ({{ "with " ~ corrected('hces') }})

),

roomy as (

    select
        corrected.*,
        hces.match_cents,
        hces.matched_cents,
        hces.plan_cents,
        hces.catch_up_room_cents,
        cells.match_counts_catch_up,
        {{ basis_points('cells.match_maximum_rate') }} as highest_match_points,
        {{ cents('cells.match_maximum_amount') }} as highest_match_cents,
        cells.testing_correction = 'refund' as is_refunded,
        cells.testing_refund_earnings_rate as earnings_rate
    from corrected
    inner join hces on corrected.person_key = hces.person_key
    inner join {{ ref('cells') }} as cells on corrected.cell = cells.cell and {{ this_year('cells') }}

),

refunded as (

    select
        * exclude (matched_cents),
        case when is_refunded then least(returned_cents, catch_up_room_cents) else 0 end as recharacterized_cents,
        case when is_refunded then returned_cents - least(returned_cents, catch_up_room_cents) else 0 end as refunded_cents,
        greatest(
            roomy.matched_cents - refunded_cents - case when match_counts_catch_up then 0 else recharacterized_cents end, 0
        ) as matched_cents
    from roomy

),

-- The match by the plan's formula on what is left of the deferrals (Treas. Reg. 1.401(a)(4)-11(g)(3)(vii)).
rest as (

    select
        refunded.person_key,
        sum(tiers.rate_points * greatest(
            0, least(refunded.matched_cents * 10000, refunded.plan_cents * tiers.to_points)
                - refunded.plan_cents * tiers.from_points
        ))::bigint as scaled_match
    from {{ ref('fct_employer_match') }} as matches
    inner join refunded on matches.person_key = refunded.person_key
    inner join {{ ref('int_match_tiers') }} as tiers
        on refunded.cell = tiers.cell
            and case tiers.match_family
                when 'deferral_tiers' then 0
                when 'points' then matches.points
                else matches.service_years
            end between tiers.minimum and tiers.below - 1
    where
        {{ this_year('matches') }}
        and (refunded.refunded_cents > 0 or (refunded.recharacterized_cents > 0 and not refunded.match_counts_catch_up))
        and refunded.match_cents > 0
    group by refunded.person_key

)

select
    refunded.cell,
    refunded.test_group,
    refunded.person_key,
    refunded.cut_to,
    refunded.excess_cents,
    refunded.returned_cents,
    refunded.recharacterized_cents,
    refunded.refunded_cents,
    {{ money(dollars('refunded.refunded_cents') ~ ' * refunded.earnings_rate') }} as refund_earnings,
    case
        when rest.person_key is null then 0
        else greatest(refunded.match_cents - least(
            (rest.scaled_match + 50000000) // 100000000,
            (refunded.plan_cents * refunded.highest_match_points + 5000) // 10000,
            refunded.highest_match_cents
        ), 0)
    end as related_match_cents
from refunded
left join rest on refunded.person_key = rest.person_key
