{{ config(materialized='table') }}

{%- set parts = {
    'deferrals': ('is_nonexcludable', 'is_eligible'),
    'match': ('is_nonexcludable_for_match', 'benefits_from_match'),
    'core': ('is_nonexcludable_for_core', 'has_core')} %}

-- What all tests ask of their groups, counted by looking at everybody once: those of one standing together, of whom there
-- are few kinds.
with standings as (

    select
        cell,
        test_group,
        is_hce,
        adp_out is null as is_in_adp,
        acp_out is null as is_in_acp,
        coalesce(adp_out <> {{ the_word('ineligible_reason', 'not_plan_eligible') }}, true) as is_eligible,
        is_nonexcludable,
        is_nonexcludable_for_match,
        is_nonexcludable_for_core,
        benefits_from_match,
        core_cents > 0 as has_core,
        count(*) as people,
        count(*) filter (where amount_cents > 0) as adp_above_zero,
        count(*) filter (where match_cents > 0) as acp_above_zero,
        sum({{ hundredths('amount_cents', 'pay_cents') }})::bigint as adp_ratios,
        sum({{ hundredths('match_cents', 'pay_cents') }})::bigint as acp_ratios,
        coalesce(sum({{ hundredths('amount_cents + match_cents + core_cents', 'pay_cents') }}), 0)::bigint as benefits,
        bool_or(20 * match_cents > pay_cents and match_cents > deferral_cents) as is_generous
    from {{ ref('int_ndt_people') }}
    where {{ this_year() }}
    group by all

)

-- Who is in ADP and ACP, with the match as it is paid; who is counted and who benefits, by part of the plan (IRC 410(b)), and
-- the sums of benefits; whether somebody's match is more than 5% of pay and more than is deferred.
select
    cell,
    test_group,
    {%- for test in ['adp', 'acp'] %}
    coalesce(sum(people) filter (where is_in_{{ test }} and not is_hce), 0)::bigint as {{ test }}_nhce,
    coalesce(sum(people) filter (where is_in_{{ test }} and is_hce), 0)::bigint as {{ test }}_hce,
    coalesce(sum({{ test }}_above_zero) filter (where is_in_{{ test }} and not is_hce), 0)::bigint as {{ test }}_nhce_above_zero,
    sum({{ test }}_ratios) filter (where is_in_{{ test }} and not is_hce)::bigint as {{ test }}_nhce_sum,
    sum({{ test }}_ratios) filter (where is_in_{{ test }} and is_hce)::bigint as {{ test }}_hce_sum,
    {%- endfor %}
    {%- for part, (counted, benefits) in parts.items() %}
    coalesce(sum(people) filter (where {{ counted }} and not is_hce), 0)::bigint as {{ part }}_nhce,
    coalesce(sum(people) filter (where {{ counted }} and is_hce), 0)::bigint as {{ part }}_hce,
    coalesce(sum(people) filter (where {{ counted }} and {{ benefits }} and not is_hce), 0)::bigint as {{ part }}_nhce_in,
    coalesce(sum(people) filter (where {{ counted }} and {{ benefits }} and is_hce), 0)::bigint as {{ part }}_hce_in,
    {%- endfor %}
    sum(benefits) filter (where is_nonexcludable and not is_hce)::bigint as nhce_benefits,
    sum(benefits) filter (where is_nonexcludable and is_hce)::bigint as hce_benefits,
    bool_or(is_generous) as is_generous
from standings
group by cell, test_group
