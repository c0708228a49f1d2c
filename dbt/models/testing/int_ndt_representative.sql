{{ config(materialized='table', empty_unless='select 1 from ' ~ ref('int_ndt_groups') ~ ' where is_generous') }}

-- The rate that an NHCE's match is measured by, where anybody's is more than 5% of pay and more than is deferred
-- (Treas. Reg. 1.401(m)-2(a)(5)(ii)): the lowest in the better half, or of those employed on the last day if higher. In
-- other groups it would lower nobody's, and where nobody defers there is none.
with people as (

    select people.cell, people.test_group, people.person_key, people.match_cents, people.deferral_cents
    from {{ ref('int_ndt_people') }} as people
    inner join {{ ref('int_ndt_groups') }} as groups on people.cell = groups.cell and people.test_group = groups.test_group
    where
        {{ this_year('people') }}
        and groups.is_generous
        and people.acp_out is null
        and not people.is_hce
        and people.deferral_cents > 0

),

rated as (

    select
        people.cell,
        people.test_group,
        snapshot.employment_status = 'active' as is_active,
        people.match_cents / people.deferral_cents as rate,
        row_number() over (
            partition by people.cell, people.test_group
            order by people.match_cents / people.deferral_cents desc, people.person_key
        ) as position,
        count(*) over (partition by people.cell, people.test_group) as people
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join people on snapshot.person_key = people.person_key
    where {{ this_year('snapshot') }}

)

select
    cell,
    test_group,
    greatest(min(rate) filter (where position <= (people + 1) // 2), min(rate) filter (where is_active)) as rate
from rated
group by cell, test_group
