{#- Nondiscrimination tests in whole numbers: money in cents, ratios in hundredths of a percentage point, limits in quarters
    of those, because 1.25 times a hundredth is one. A whole number divided by 0 is null. -#}

{% macro test_group(name) -%}
{#- A group as a number with a name: text, the same in every row, would take as long to write as four amounts. -#}
'{{ name }}'::enum('all', 'statutory', 'otherwise_excludable', 'union')
{%- endmacro %}

{% macro hundredths(part, whole) -%}
{#- A share in hundredths of a point, a half up. -#}
((20000 * ({{ part }}) + ({{ whole }})) // (2 * ({{ whole }})))::bigint
{%- endmacro %}

{% macro ratio_percentage(nhce_in, nhce, hce_in, hce) -%}
{#- The share of NHCEs who benefit over that of HCEs; null where there is nothing to compare, which passes. -#}
{{ hundredths(nhce_in ~ ' * ' ~ hce, nhce ~ ' * ' ~ hce_in) }}
{%- endmacro %}

{% macro safe_harbor_hundredths(nhce, hce) -%}
{#- Of the classification test (1.410(b)-4(c)(4)); the unsafe one is ten points lower, but not below 20. -#}
(5000 - 75 * greatest(100 * {{ nhce }} // ({{ nhce }} + {{ hce }}) - 60, 0))::bigint
{%- endmacro %}

{% macro points(hundredths) -%}
(({{ hundredths }})::decimal(12, 0) * 0.01)::decimal(12, 2)
{%- endmacro %}

{% macro dollars(cents) -%}
(({{ cents }})::decimal(16, 0) * 0.01)::decimal(18, 2)
{%- endmacro %}

{% macro pay_of_415_cents() -%}
{#- Pay of the whole year up to the compensation limit (IRC 415(c)(3), 401(a)(17)), in cents. -#}
{{ cents('least(snapshot.prorated_annual_compensation, limits.compensation_limit)') }}
{%- endmacro %}

{% macro averages(test) %}
{#- The averages of a test and whether it fails (1.401(k)-2(a), 1.401(m)-2(a)), of `summed`. -#}
-- Union members have a test of their own where there are any (1.401(k)-1(b)(4)(iii), 1.410(b)-7(c)(4)).
groups as (

    select
        cells.cell,
        cells.testing_method,
        cells.testing_first_year_prior_adp,
        cells.testing_otherwise_excludable,
        unnest(case cells.testing_otherwise_excludable
            when 'separate' then ['statutory', 'otherwise_excludable'] else ['all']
        end || coalesce(unions.test_groups, [])) as test_group
    from {{ ref('cells') }} as cells
    left join (select cell, ['union'] as test_groups from summed where test_group = 'union') as unions on cells.cell = unions.cell
    where {{ this_year('cells') }}

),

averaged as (

    select
        *,
        (2 * nhce_sum + n_nhce) // (2 * n_nhce) as nhce_of_year,
        (2 * hce_sum + n_hce) // (2 * n_hce) as hce
    from summed

),

-- Where last year had other groups, those that its people were in, by how many NHCEs each had (1.401(k)-2(c)(4)). A test
-- of nobody is none, so that the year after it is a first one.
last_year as (

    select
        groups.cell,
        groups.test_group,
        sum(before.n_nhce) as nhces,
        sum(before.n_nhce * (before.nhce_average_of_year * 100)::bigint) as nhce_sum,
        ((2 * nhce_sum + nhces) // (2 * nhces))::bigint as nhce
    from groups
    inner join {{ source('state', 'fct_ndt_test') }} as before
        on groups.cell = before.cell
        and (
            groups.test_group = before.test_group
            or ('all' in (groups.test_group, before.test_group) and 'union' not in (groups.test_group, before.test_group))
        )
    where
        {{ this_year('before', offset=-1) }}
        and before.test = '{{ test }}'
        and before.n_nhce + before.n_hce > 0
        and not (groups.testing_otherwise_excludable = 'early_participation' and before.test_group = 'otherwise_excludable')
    group by groups.cell, groups.test_group

),

compared as (

    select
        groups.cell,
        groups.test_group,
        coalesce(averaged.n_nhce, 0) as n_nhce,
        coalesce(averaged.n_hce, 0) as n_hce,
        coalesce(averaged.n_nhce_above_zero, 0) as n_nhce_above_zero,
        averaged.hce_sum,
        averaged.nhce_of_year,
        averaged.hce,
        case
            when groups.testing_method = 'current' then averaged.nhce_of_year
            when last_year.cell is not null then last_year.nhce
            when groups.testing_first_year_prior_adp = 'actual' then averaged.nhce_of_year
            else {{ basis_points('groups.testing_first_year_prior_adp::decimal(6, 4)') }}
        end as nhce,
        groups.testing_method = 'current' as qnec_helps,
        {%- if test == 'acp' %}
        -- Of a union's part of the plan the law asks no ACP test (1.401(m)-1(b)(2)).
        case when groups.test_group = 'union' then 'collectively_bargained' else exemptions.acp_exempt_reason end as exempt_reason,
        case when groups.test_group <> 'union' then exemptions.acp_not_exempt_reason end as not_exempt_reason
        {%- else %}
        exemptions.adp_exempt_reason as exempt_reason,
        exemptions.adp_not_exempt_reason as not_exempt_reason
        {%- endif %}
    from groups
    inner join {{ ref('int_ndt_exemptions') }} as exemptions on groups.cell = exemptions.cell and groups.test_group = exemptions.test_group
    left join averaged on groups.cell = averaged.cell and groups.test_group = averaged.test_group
    left join last_year on groups.cell = last_year.cell and groups.test_group = last_year.test_group

),

limited as (

    select *, greatest(5 * nhce, least(8 * nhce, 4 * nhce + 800)) as limit_quarters
    from compared

)

select
    *,
    coalesce(4 * hce > limit_quarters, false) and exempt_reason is null as fails,
    -- What a failed test lacks to the least N with which H passes: H / 1.25, or H / 2 and H - 2 points.
    least((4 * hce + 4) // 5, greatest((hce + 1) // 2, hce - 200)) - nhce as missing
from limited
{% endmacro %}

{% macro corrected(hces) %}
{#- What the HCEs of failed tests have in excess: leveled by ratio (401(k)(8)(B)), distributed by dollars (401(k)(8)(C)).
    Cents go to the largest remainders, so that both sums are the same. -#}
by_ratio as (

    select
        cell,
        test_group,
        person_key,
        employee_id,
        amount_cents,
        pay_cents,
        ratio,
        n_hce,
        hce_sum,
        limit_quarters,
        row_number() over by_ratio as position,
        sum(ratio) over by_ratio as ratios_so_far
    from {{ hces }}
    window by_ratio as (partition by cell, test_group order by ratio desc, employee_id)

),

-- How many are cut, and to which ratio: `ratio_numerator` quarters of a hundredth, shared by them.
cut as (

    select
        cell,
        test_group,
        count(*) as cut,
        any_value(n_hce) * any_value(limit_quarters) - 4 * (any_value(hce_sum) - max(ratios_so_far)) as ratio_numerator
    from by_ratio
    where 4 * position * ratio + 4 * (hce_sum - ratios_so_far) > n_hce * limit_quarters
    group by cell, test_group

),

in_excess as (

    select
        by_ratio.*,
        cut.ratio_numerator,
        cut.cut,
        40000 * cut.cut as parts_of_a_cent,
        greatest(case
            when by_ratio.position <= cut.cut
                then by_ratio.amount_cents * 40000 * cut.cut - cut.ratio_numerator * by_ratio.pay_cents
        end, 0)::bigint as excess_parts
    from by_ratio
    inner join cut on by_ratio.cell = cut.cell and by_ratio.test_group = cut.test_group

),

totaled as (

    select
        *,
        ((2 * sum(excess_parts) over of_test + parts_of_a_cent) // (2 * parts_of_a_cent))::bigint as whole_excess,
        sum(excess_parts // parts_of_a_cent) over of_test as whole_cents,
        row_number() over (
            partition by cell, test_group order by excess_parts % parts_of_a_cent desc, excess_parts desc, employee_id
        ) as by_remainder,
        row_number() over by_amount as by_dollars,
        sum(amount_cents) over by_amount as amounts_so_far
    from in_excess
    window
        of_test as (partition by cell, test_group),
        by_amount as (partition by cell, test_group order by amount_cents desc, employee_id)

),

-- Those who give something back keep the same: what they have together less the excess, shared by them.
lowered as (

    select
        cell,
        test_group,
        count(*) as lowered,
        ((max(amounts_so_far) - any_value(whole_excess) + count(*) - 1) // count(*))::bigint as kept,
        ((max(amounts_so_far) - any_value(whole_excess)) % count(*))::bigint as shared_cents,
        count(*) as people
    from totaled
    where amounts_so_far - by_dollars * amount_cents < whole_excess
    group by cell, test_group

)

select
    totaled.cell,
    totaled.test_group,
    totaled.person_key,
    totaled.ratio_numerator::double / (4 * totaled.cut) as cut_to,
    totaled.excess_parts // totaled.parts_of_a_cent
        + (totaled.by_remainder <= totaled.whole_excess - totaled.whole_cents)::bigint as excess_cents,
    case
        when totaled.by_dollars <= lowered.lowered
            then totaled.amount_cents - lowered.kept
                + (lowered.shared_cents > 0 and totaled.by_dollars <= lowered.people - lowered.shared_cents)::bigint
        else 0
    end as returned_cents
from totaled
left join lowered on totaled.cell = lowered.cell and totaled.test_group = lowered.test_group
{% endmacro %}

{% macro counted_match() -%}
{#- The match that counts in the ACP test: an HCE's without what refunds forfeit, an NHCE's without what is
    disproportionate (Treas. Reg. 1.401(m)-2(a)(5)(ii)). -#}
case
        when people.is_hce then people.match_cents - coalesce(deferrals.related_match_cents, 0)
        when people.match_cents <= people.deferral_cents or 20 * people.match_cents <= people.pay_cents then people.match_cents
        else least(people.match_cents, round(greatest(
            people.pay_cents / 20, people.deferral_cents, 2 * representative.rate * people.deferral_cents
        ))::bigint)
    end
{%- endmacro %}

{% macro has_met_entry(rule, entry_date) -%}
{#- Whether the age and service of an entry rule are met by the last day; in an excluded class they are without an entry. -#}
coalesce(people.{{ entry_date }} <= people.last_day, {{ entry_by_rule('people.' ~ rule ~ '_met_on', rule) }} <= people.last_day, false)
{%- endmacro %}

{% macro left_early(money) -%}
{#- Left with at most 500 hours, and only the last-day or hours rule stands in the way (1.410(b)-6(f)). -#}
case
        when people.{{ money }}_out in (
            {{ word('ineligible_reason', "'not_employed_on_last_day'") }}, {{ word('ineligible_reason', "'too_few_hours'") }}
        )
            and people.employment_status = 'terminated'
            and people.hours_worked <= 500
            then {{ has_served('people.hire_date', 'cells.' ~ money ~ '_minimum_service_years', 'people.last_day') }}
        else false
    end
{%- endmacro %}

{% macro average_benefit() -%}
{#- Of int_ndt_groups: the mean benefit of NHCEs over that of HCEs, each mean to the hundredth (1.410(b)-5). -#}
{{ hundredths('((2 * nhce_benefits + deferrals_nhce) // (2 * deferrals_nhce))',
    '((2 * hce_benefits + deferrals_hce) // (2 * deferrals_hce))') }}
{%- endmacro %}

{% macro core_is_uniform() -%}
{#- One rate or amount for all, which passes by design (1.401(a)(4)-2(b)(2)). Forfeitures are reallocated by pay. -#}
(cells.core_type in ('none', 'flat') or (cells.core_type = 'profit_sharing' and cells.core_shared_by <> 'rates'))
{%- endmacro %}

{% macro months_before_entry(rule) -%}
{#- Service before the entry by a rule, in months; 366 days are 12 of them. -#}
cells.{{ rule }}_service_years * 12 + cells.{{ rule }}_service_months + cells.{{ rule }}_service_days / 30.5
{%- endmacro %}

{% macro starts_late(source) -%}
{#- Whether match or core may start after the deferrals, or more than a year after the hire. People past 21 and a year of
    1,000 hours, who are tested apart, a source cannot start late for that asks no more (1.401(k)-3(h)(3)). -#}
{%- set rule = source ~ '_entry' -%}
({{ months_before_entry(rule) }} > 12
                    or (
                        (
                            groups.test_group <> 'statutory'
                            or cells.{{ rule }}_service_hours > 1000
                            or (cells.{{ rule }}_dates = 'annual'
                                and ({{ months_before_entry(rule) }} > 6 or cells.{{ rule }}_minimum_age > 20))
                        )
                        and (
                            {{ months_before_entry(rule) }}
                            > greatest({{ months_before_entry('entry') }}, cells.entry_waiting_days / 30.5)
                            or cells.{{ rule }}_minimum_age > cells.entry_minimum_age
                            or cells.{{ rule }}_service_hours > cells.entry_service_hours
                            or {{ months_between_entries(rule) }} > {{ months_between_entries('entry') }}
                        )
                    ))
{%- endmacro %}
