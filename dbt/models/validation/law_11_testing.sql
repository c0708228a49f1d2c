{{ config(materialized='ephemeral') }}

-- The nondiscrimination tests are what their people make of them: averages worked out again in another way, excess and
-- returns that add up, nobody lowered below another, no QNEC larger than it must be, and nothing refunded without need.
-- By number, and the id of those that are found: looking up everybody's would cost as much as the rest.
with everybody as not materialized (

    select
        *,
        (out_reason is null) <> (ratio is not null)
        or abs(ratio::double - 100 * amount::double / compensation::double) > 0.005001 as is_off,
        (match_out_reason is null) <> (match_ratio is not null)
        or abs(match_ratio::double - 100 * match_amount::double / compensation::double) > 0.005001 as match_is_off,
        -- Whom something is taken from, and whose ratio is not the amount over pay: in most years nobody.
        is_off
        or match_is_off
        or coalesce(excess, returned, refund, related_match_forfeited, match_excess, match_returned, match_refund, match_forfeited)
            is not null as is_noticed
    from {{ ref('int_ndt_by_person') }}
    where {{ this_year() }}

),

averaged as (

    select
        cell,
        test_group,
        role,
        count(*) as people,
        sum(person_key) as person_keys,
        count(*) filter (where out_reason is null) as adp_people,
        avg(ratio::double) filter (where out_reason is null) as adp_mean,
        count(*) filter (where match_out_reason is null) as acp_people,
        avg(match_ratio::double) filter (where match_out_reason is null) as acp_mean,
        list(person_key) filter (where is_noticed) as noticed
    from everybody
    group by cell, test_group, role

),

noticed as (

    select everybody.*
    from everybody
    inner join (select unnest(noticed) as person_key from averaged) as noticed on everybody.person_key = noticed.person_key

),

people as (

    select
        'adp' as test, cell, person_key, test_group, role, out_reason, compensation, amount, ratio, leveled_ratio, excess,
        returned, recharacterized, refund, related_match_forfeited, null as forfeited, is_off
    from noticed

    union all

    select
        'acp', cell, person_key, test_group, role, match_out_reason, compensation, match_amount, match_ratio,
        match_leveled_ratio, match_excess, match_returned, null, match_refund, null, match_forfeited, match_is_off
    from noticed

),

tests as (

    select
        cell, test, test_group, n_nhce, n_hce, nhce_average_of_year, nhce_average, hce_average, highest_allowed, result,
        exempt_reason, excess, recharacterized, refunded, match_forfeited, eac_distributed, eac_forfeited, qnec_points,
        refund_deadline
    from {{ ref('fct_ndt_test') }}
    where
        {{ this_year() }}
        and test in ('adp', 'acp')
        and result <> 'not_applicable'

),

summed as (

    select
        cell,
        test,
        test_group,
        sum(greatest(ratio::double - leveled_ratio::double, 0)) filter (where role = 'hce') as lowered,
        sum(excess) as excess,
        sum(returned) as returned,
        sum(recharacterized) as recharacterized,
        sum(refund) as refund,
        sum(related_match_forfeited) as match_forfeited,
        sum(forfeited) as forfeited,
        max(amount) filter (where role = 'hce' and returned = 0) as most_kept_whole,
        min(amount - returned) filter (where returned > 0) as least_kept
    from people
    group by cell, test, test_group

),

compared as (

    select
        tests.*,
        concat(tests.test, ' ', tests.test_group) as name,
        case tests.test when 'adp' then nhces.adp_people else nhces.acp_people end as people_nhce,
        case tests.test when 'adp' then hces.adp_people else hces.acp_people end as people_hce,
        case tests.test when 'adp' then nhces.adp_mean else nhces.acp_mean end as nhce_mean,
        case tests.test when 'adp' then hces.adp_mean else hces.acp_mean end as hce_mean,
        hce_mean - summed.lowered / people_hce as leveled_mean,
        summed.refund,
        summed.forfeited,
        summed.most_kept_whole,
        summed.least_kept,
        coalesce(summed.excess, 0) as people_excess,
        coalesce(summed.returned, 0) as people_returned,
        coalesce(summed.recharacterized, 0) as people_recharacterized,
        coalesce(summed.match_forfeited, 0) as people_match_forfeited
    from tests
    left join averaged as nhces
        on tests.cell = nhces.cell and tests.test_group = nhces.test_group and nhces.role = 'nhce'
    left join averaged as hces
        on tests.cell = hces.cell and tests.test_group = hces.test_group and hces.role = 'hce'
    left join summed
        on tests.cell = summed.cell and tests.test = summed.test and tests.test_group = summed.test_group

),

found as (

    select people.person_key, 'no_refund_without_need' as rule, concat(people.test, ': returned ', people.returned) as detail
    from people
    inner join tests on people.cell = tests.cell and people.test = tests.test and people.test_group = tests.test_group
    where
        coalesce(people.excess, people.returned, people.refund, people.related_match_forfeited, people.forfeited) is not null
        and (tests.result not in ('fail', 'corrected') or people.role <> 'hce' or people.out_reason is not null)

    union all

    select person_key, 'no_refund_above_the_amount', concat(test, ': returned ', returned, ' of ', amount)
    from people
    where
        returned > amount
        or excess > amount

    union all

    select person_key, 'ratio_is_amount_of_pay', concat(test, ': ratio ', ratio, ' of ', amount, ' and ', compensation)
    from people
    where is_off

),

headcounts as (

    select cell, count(*) as people, sum(person_key) as person_keys
    from {{ ref('fct_workforce_snapshot') }}
    where {{ this_year() }}
    group by cell

),

tested as (

    select cell, sum(people) as people, sum(person_keys) as person_keys
    from averaged
    group by cell

)

select
    headcounts.cell,
    'everybody_is_asked_about' as rule,
    'all' as employee_id,
    concat(headcounts.people, ' people, ', coalesce(tested.people, 0), ' in the tests') as detail
from headcounts
left join tested on headcounts.cell = tested.cell
where
    headcounts.people is distinct from tested.people
    or headcounts.person_keys is distinct from tested.person_keys

union all

select cell, 'counts_are_of_people', name, concat(n_nhce, ' NHCEs and ', n_hce, ' HCEs')
from compared
where
    n_nhce <> coalesce(people_nhce, 0)
    or n_hce <> coalesce(people_hce, 0)

union all

-- Rounded once: half a hundredth of a point.
select cell, 'averages_are_means', name, concat('NHCE ', nhce_average_of_year, ', HCE ', hce_average)
from compared
where
    abs(nhce_average_of_year::double - nhce_mean) > 0.005001
    or abs(hce_average::double - hce_mean) > 0.005001

union all

select cell, 'limit_follows_from_the_average', name, concat('limit ', highest_allowed, ' of ', nhce_average)
from compared
where abs(highest_allowed::double - greatest(nhce_average::double * 1.25, least(nhce_average::double * 2, nhce_average::double + 2))) > 0.00001

union all

select cell, 'result_follows_from_the_limit', name, concat(result, ' with ', hce_average, ' of ', highest_allowed)
from compared
where
    (exempt_reason is not null) <> (result = 'exempt')
    or (exempt_reason is null and coalesce(hce_average > highest_allowed, false) <> (result in ('fail', 'corrected')))

union all

select cell, 'excess_adds_up', name, concat('excess ', excess, ', returned ', people_returned)
from compared
where
    excess <> people_excess
    or excess <> people_returned
    or recharacterized <> people_recharacterized
    or match_forfeited <> people_match_forfeited
    or (test = 'adp' and refunded <> coalesce(refund, 0))
    or (test = 'acp' and (eac_distributed <> coalesce(refund, 0) or eac_forfeited <> coalesce(forfeited, 0)))
    or (refund_deadline is not null and people_returned <> people_recharacterized + refund + coalesce(forfeited, 0))

union all

select cell, 'leveling_reaches_the_limit', name, concat('mean ', leveled_mean, ' of ', highest_allowed)
from compared
where
    excess > 0
    and abs(leveled_mean - highest_allowed::double) > 0.0001

union all

select cell, 'nobody_keeps_more', name, concat(most_kept_whole, ' kept beside ', least_kept)
from compared
where most_kept_whole > least_kept + 0.01

union all

select cell, 'qnec_is_what_is_needed', name, concat(qnec_points, ' points')
from compared
where
    qnec_points is not null
    and not (
        hce_average <= greatest(1.25 * (nhce_average + qnec_points), least(2 * (nhce_average + qnec_points), nhce_average + qnec_points + 2))
        and hce_average > greatest(
            1.25 * (nhce_average + qnec_points - 0.01),
            least(2 * (nhce_average + qnec_points - 0.01), nhce_average + qnec_points - 0.01 + 2)
        )
    )

union all

select snapshot.cell, found.rule, snapshot.employee_id, found.detail
from {{ ref('fct_workforce_snapshot') }} as snapshot
inner join found on snapshot.person_key = found.person_key
where {{ this_year('snapshot') }}
