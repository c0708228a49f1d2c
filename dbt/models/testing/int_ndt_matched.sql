{{ config(materialized='ephemeral') }}

-- Those in the ACP test (IRC 401(m)) with the match that counts: without what refunds forfeit, and of an NHCE without
-- what is disproportionate (Treas. Reg. 1.401(m)-2(a)(5)(ii)).
with people as (

    select
        people.*,
        people.match_cents - coalesce(deferrals.related_match_cents, 0) as kept_cents
    from {{ ref('int_ndt_people') }} as people
    left join {{ ref('int_ndt_deferrals_cut') }} as deferrals on people.person_key = deferrals.person_key
    where people.acp_out is null

),

-- Few plans match more than 5% of pay and more than is deferred.
generous as (

    select distinct cell, test_group
    from people
    where
        not is_hce
        and 20 * match_cents > pay_cents
        and match_cents > deferral_cents

),

rated as (

    select
        people.cell,
        people.test_group,
        people.match_cents,
        people.deferral_cents,
        people.is_active,
        people.match_cents / people.deferral_cents as rate,
        row_number() over (
            partition by people.cell, people.test_group
            order by people.match_cents / people.deferral_cents desc, people.employee_id
        ) as position,
        count(*) over (partition by people.cell, people.test_group) as people
    from people
    inner join generous on people.cell = generous.cell and people.test_group = generous.test_group
    where
        not people.is_hce
        and people.deferral_cents > 0

),

-- The lowest rate in the better half, or of those employed on the last day if it is higher.
representative as (

    select
        cell,
        test_group,
        greatest(
            min(rate) filter (where position <= (people + 1) // 2),
            coalesce(min(rate) filter (where is_active), 0)
        ) as rate
    from rated
    group by cell, test_group

),

counted as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.employee_id,
        people.is_hce,
        people.is_active,
        people.pay_cents,
        people.match_vested_percentage,
        people.room_cents,
        case
            when people.is_hce then people.kept_cents
            else least(people.match_cents, round(greatest(
                people.pay_cents / 20, people.deferral_cents, 2 * coalesce(representative.rate, 0) * people.deferral_cents
            ))::bigint)
        end as amount_cents
    from people
    left join representative on people.cell = representative.cell and people.test_group = representative.test_group

)

select *, {{ hundredths('amount_cents', 'pay_cents') }} as ratio
from counted
