{{ config(materialized='table', tags=['heavy_transform']) }}

-- Corrections of a failed ADP test (IRC 401(k)(8)): excess by ratio, returned by dollars, recharacterized as catch-up where
-- there is room, the rest refunded with earnings, and the match on it forfeited.
with people as (

    select cell, test_group, person_key, is_hce, amount_cents, pay_cents, ratio
    from {{ ref('int_ndt_people') }}
    where
        {{ this_year() }}
        and is_hce
        and adp_out is null

),

hces as (

    select
        snapshot.person_key,
        snapshot.employee_id,
        greatest({{ cents('contributions.catch_up_limit - snapshot.catch_up_contributions') }}, 0) as catch_up_room_cents,
        {{ cents('snapshot.employer_match') }} as match_cents,
        {{ cents('contributions.matched_deferrals') }} as matched_cents,
        {{ cents('contributions.match_compensation') }} as plan_cents
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('fct_employee_contributions') }} as contributions on snapshot.person_key = contributions.person_key
    where
        {{ this_year('snapshot') }}
        and {{ this_year('contributions') }}
        and snapshot.is_hce

),

failed as (

    select * from {{ ref('int_ndt_deferral_averages') }}

),

corrected as (

    select * from ({{ "with " ~ corrected('people', 'failed', 'hces') }})

),

roomy as (

    select
        corrected.*,
        hces.match_cents,
        hces.matched_cents,
        hces.plan_cents,
        cells.match_counts_catch_up,
        cells.testing_correction = 'refund' as is_refunded,
        cells.testing_refund_earnings_rate as earnings_rate,
        hces.catch_up_room_cents
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
            (refunded.plan_cents * {{ basis_points('cells.match_maximum_rate') }} + 5000) // 10000,
            {{ cents('cells.match_maximum_amount') }}
        ), 0)
    end as related_match_cents
from refunded
inner join {{ ref('cells') }} as cells on refunded.cell = cells.cell and {{ this_year('cells') }}
left join rest on refunded.person_key = rest.person_key
