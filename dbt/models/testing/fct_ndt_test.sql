{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

{%- set averages = {'adp': 'int_ndt_deferral_averages', 'acp': 'int_ndt_match_averages'} %}
{%- set parts = {'coverage_deferrals': 'deferrals', 'coverage_match': 'match', 'coverage_core': 'core'} %}

-- One row a test and group of the year: who is compared, by how much it passes or fails, why it is exempt or not, and what
-- each way of passing costs. Percentages are points.
with averages as (
    {%- for test, model in averages.items() %}
    select '{{ test }}' as test, * from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

cut as (

    select
        'adp' as test,
        cell,
        test_group,
        any_value(cut_to) as cut_to,
        sum(excess_cents) as excess_cents,
        sum(recharacterized_cents) as recharacterized_cents,
        sum(refunded_cents) as refunded_cents,
        sum(refund_earnings) as refund_earnings,
        sum(related_match_cents) as match_forfeited_cents,
        0 as distributed_cents,
        0 as forfeited_cents
    from {{ ref('int_ndt_deferrals_cut') }}
    group by cell, test_group

    union all

    select
        'acp', cell, test_group, any_value(cut_to), sum(excess_cents), 0, 0, sum(refund_earnings), 0, sum(distributed_cents),
        sum(forfeited_cents)
    from {{ ref('int_ndt_match_cut') }}
    group by cell, test_group

),

-- The people of failed tests; a QNEC could go to the NHCEs in them (1.401(k)-2(a)(6)).
failed as (

    select
        people.*,
        averages.test,
        averages.missing,
        averages.missing * averages.n_nhce as all_missing,
        averages.qnec_helps
            and not people.is_hce
            and case averages.test when 'adp' then people.adp_out else people.acp_out end is null as is_lacking
    from {{ ref('int_ndt_people') }} as people
    inner join (select * from averages where fails) as averages
        on people.cell = averages.cell and people.test_group = averages.test_group
    where {{ this_year('people') }}

),

-- Annual additions end at the pay of the year or a limit (IRC 415(c)(1)).
roomy as (

    select
        failed.*,
        greatest(
            {{ cents('least(snapshot.prorated_annual_compensation, limits.annual_additions_limit)') }}
                - failed.amount_cents - failed.match_cents - failed.core_cents, 0
        ) as room_cents,
        case when failed.is_lacking then
            least(greatest(500, failed.missing), room_cents * 10000 // failed.pay_cents)
        end as most
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join failed on snapshot.person_key = failed.person_key
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    where {{ this_year('snapshot') }}

),

-- Lowest pay first.
given as (

    select
        *,
        least(
            most,
            greatest(all_missing - coalesce(sum(most) over (
                partition by cell, test, test_group order by pay_cents, room_cents, person_key rows between unbounded preceding and 1 preceding
            ), 0), 0)
        ) as targeted
    from roomy

),

costs as (

    select
        cell,
        test,
        test_group,
        any_value(missing) filter (where is_lacking) as missing,
        sum(least((missing * pay_cents + 5000) // 10000, room_cents)) filter (where is_lacking) as flat_cents,
        sum((targeted * pay_cents + 5000) // 10000) filter (where is_lacking) as targeted_cents,
        -- What the basic match (401(k)(12)(B)(i)) or 3% for everybody who may defer and counts would add.
        sum(greatest(
            (2 * least(100 * deferral_cents, 3 * pay_cents)
                + least(greatest(100 * deferral_cents - 3 * pay_cents, 0), 2 * pay_cents) + 100) // 200 - match_cents, 0
        )) filter (where coalesce(adp_out <> 'not_plan_eligible', true) and is_nonexcludable)::bigint as safe_harbor_match_cents,
        sum(greatest((3 * pay_cents + 50) // 100 - core_cents, 0))
            filter (where coalesce(adp_out <> 'not_plan_eligible', true) and is_nonexcludable)::bigint as safe_harbor_core_cents
    from given
    group by cell, test, test_group

),

averaged as (

    select
        averages.cell,
        averages.test,
        averages.test_group,
        averages.n_nhce,
        averages.n_hce,
        averages.n_nhce_above_zero,
        {{ points('averages.nhce_of_year') }} as nhce_average_of_year,
        {{ points('averages.nhce') }} as nhce_average,
        {{ points('averages.hce') }} as hce_average,
        (averages.limit_quarters * 0.0025)::decimal(12, 4) as highest_allowed,
        ((averages.limit_quarters - 4 * averages.hce) * 0.0025)::decimal(12, 4) as margin,
        case
            when averages.test = 'acp' and cells.match_family = 'none' then 'not_applicable'
            when averages.exempt_reason is not null then 'exempt'
            when not averages.fails then 'pass'
            when cells.testing_correction = 'none' then 'fail'
            else 'corrected'
        end as result,
        averages.exempt_reason,
        averages.not_exempt_reason,
        (cut.cut_to * 0.01)::decimal(12, 4) as leveled_ratio,
        {%- for amount in ['excess', 'recharacterized', 'refunded', 'match_forfeited'] %}
        {{ dollars('coalesce(cut.' ~ amount ~ '_cents, 0)') }} as {{ amount }},
        {%- endfor %}
        {{ dollars('coalesce(cut.distributed_cents, 0)') }} as eac_distributed,
        {{ dollars('coalesce(cut.forfeited_cents, 0)') }} as eac_forfeited,
        coalesce(cut.refund_earnings, 0)::decimal(18, 2) as refund_earnings,
        {{ points('costs.missing') }} as qnec_points,
        {{ dollars("case cells.testing_correction
            when 'qnec_flat' then coalesce(costs.flat_cents, 0)
            when 'qnec_targeted' then coalesce(costs.targeted_cents, 0)
            else 0 end") }} as qnec_cost,
        {{ dollars('costs.flat_cents') }} as qnec_flat_cost,
        {{ dollars('costs.targeted_cents') }} as qnec_targeted_cost,
        {{ dollars('costs.safe_harbor_match_cents') }} as safe_harbor_match_cost,
        {{ dollars('costs.safe_harbor_core_cents') }} as safe_harbor_core_cost,
        -- 2½ months after the year, or 6 with an automatic arrangement that covers everybody (IRC 4979(f)).
        case
            when averages.fails and cells.testing_correction = 'refund' then
                case
                    when cells.testing_eaca_covers_all and cells.auto_enrollment
                        then make_date({{ var('simulation_year') }} + 1, 6, 30)
                    else make_date({{ var('simulation_year') }} + 1, 3, 15)
                end
        end as refund_deadline,
        {{ money('case when averages.fails then ' ~ dollars('coalesce(cut.excess_cents, 0)') ~ ' * 0.1 end') }} as excise_tax_if_late
    from averages
    inner join {{ ref('cells') }} as cells on averages.cell = cells.cell and {{ this_year('cells') }}
    left join cut
        on averages.cell = cut.cell and averages.test = cut.test and averages.test_group = cut.test_group
    left join costs
        on averages.cell = costs.cell and averages.test = costs.test and averages.test_group = costs.test_group

),

parts as (

    select
        cell,
        test_group,
        {{ average_benefit() }} as average_benefit,
        unnest([{% for test in parts %}'{{ test }}'{{ ", " if not loop.last }}{% endfor %}]) as test,
        {%- for count in ['nhce', 'hce', 'nhce_in', 'hce_in'] %}
        unnest([{% for part in parts.values() %}{{ part }}_{{ count }}{{ ", " if not loop.last }}{% endfor %}]) as {{ count }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_ndt_groups') }}

),

counted as (

    select
        *,
        {{ ratio_percentage('nhce_in', 'nhce', 'hce_in', 'hce') }} as ratio_percentage,
        {{ safe_harbor_hundredths('nhce', 'hce') }} as safe_harbor
    from parts

),

-- 70%, or the classification test with an average benefit of 70% (IRC 410(b)(1) and (2)); what a union has bargained for
-- passes by itself (1.410(b)-2(b)(7), 1.401(a)(4)-1(c)(5)).
covered as (

    select
        counted.cell,
        counted.test,
        counted.test_group,
        case
            when coalesce(counted.ratio_percentage >= 7000, true) then 'ratio'
            else 'average_benefit'
        end as basis,
        counted.nhce as n_nhce,
        counted.hce as n_hce,
        {{ points(hundredths('counted.nhce_in', 'counted.nhce')) }} as nhce_average,
        {{ points(hundredths('counted.hce_in', 'counted.hce')) }} as hce_average,
        {{ points('counted.ratio_percentage') }} as ratio_percentage,
        {{ points('counted.average_benefit') }} as average_benefit,
        {{ points("case when basis = 'ratio' then 7000 else counted.safe_harbor end") }}::decimal(12, 4) as highest_allowed,
        ({{ points('counted.ratio_percentage') }} - highest_allowed)::decimal(12, 4) as margin,
        case
            when counted.test = 'coverage_match' and not exemptions.has_match then 'not_applicable'
            when counted.test = 'coverage_core' and not exemptions.has_core then 'not_applicable'
            when counted.test_group = 'union' then 'exempt'
            when basis = 'ratio' then 'pass'
            when counted.ratio_percentage >= counted.safe_harbor and coalesce(counted.average_benefit >= 7000, true) then 'pass'
            else 'fail'
        end as result,
        case when result = 'exempt' then 'collectively_bargained' end as exempt_reason
    from counted
    inner join {{ ref('int_ndt_exemptions') }} as exemptions
        on counted.cell = exemptions.cell and exemptions.test_group = 'all'

),

amounts as (

    select
        coverage.cell,
        'amount_core' as test,
        coverage.test_group,
        case
            when coverage.test_group = 'union' or not exemptions.has_core then null
            when {{ core_is_uniform() }} then 'uniform_rate'
            else core.basis
        end as basis,
        coverage.core_nhce as n_nhce,
        coverage.core_hce as n_hce,
        {{ points('core.ratio_percentage') }} as ratio_percentage,
        {{ points(average_benefit()) }} as average_benefit,
        case
            when not exemptions.has_core then 'not_applicable'
            when coverage.test_group = 'union' then 'exempt'
            when {{ core_is_uniform() }} or coalesce(core.passes, true) then 'pass'
            else 'fail'
        end as result,
        case when result = 'exempt' then 'collectively_bargained' end as exempt_reason
    from {{ ref('int_ndt_groups') }} as coverage
    inner join {{ ref('cells') }} as cells on coverage.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_ndt_exemptions') }} as exemptions
        on coverage.cell = exemptions.cell and exemptions.test_group = 'all'
    left join {{ ref('int_ndt_core') }} as core
        on coverage.cell = core.cell and coverage.test_group = core.test_group

),

-- Balances of the employer's money at the end of the year before; what employees put in, officers and smaller owners are
-- not known, so that the law's question (IRC 416(g)) stays open.
indicated as (

    select
        cell,
        {{ hundredths('coalesce(sum(balance_cents) filter (where is_five_percent_owner), 0)', 'sum(balance_cents)') }} as indicator
    from (
        select cell, is_five_percent_owner, {{ cents('employer_balance - total_employer_contributions') }} as balance_cents
        from {{ ref('fct_workforce_snapshot') }}
        where {{ this_year() }}
    )
    group by cell

),

heavy as (

    select
        snapshot.cell,
        snapshot.person_key,
        snapshot.is_five_percent_owner as is_key,
        snapshot.employment_status = 'active' as is_active,
        snapshot.is_eligible,
        {{ pay_of_415_cents() }} as pay_cents,
        {{ cents('snapshot.employee_contributions + snapshot.employer_match + snapshot.employer_core') }} as contributed_cents
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join (select cell from indicated where indicator > 6000) as indicated on snapshot.cell = indicated.cell
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    where {{ this_year('snapshot') }}

),

key_rates as (

    select cell, coalesce(max({{ hundredths('contributed_cents', 'pay_cents') }}), 0) as highest_rate
    from heavy
    where is_key
    group by cell

),

minimums as (

    select
        heavy.cell,
        sum(greatest(
            (least(300, key_rates.highest_rate) * heavy.pay_cents + 5000) // 10000 - people.core_cents - people.match_cents, 0
        )) as cost_cents
    from {{ ref('int_ndt_people') }} as people
    inner join heavy on people.person_key = heavy.person_key
    inner join key_rates on heavy.cell = key_rates.cell
    where
        {{ this_year('people') }}
        and not heavy.is_key
        and heavy.is_active
        and heavy.is_eligible
        and people.is_nonexcludable
        -- Neither people below age and service, tested apart, nor union members (IRC 416(c)(2), (i)(4)).
        and people.test_group in ('all', 'statutory')
    group by heavy.cell

),

top_heavy as (

    select
        cells.cell,
        'top_heavy' as test,
        'all' as test_group,
        'employer_money' as basis,
        {{ points('indicated.indicator') }} as ratio_percentage,
        60::decimal(12, 4) as highest_allowed,
        {{ points('6000 - indicated.indicator') }}::decimal(12, 4) as margin,
        case when exemptions.is_free_of_416 then 'exempt' else 'not_determined' end as result,
        case when exemptions.is_free_of_416 then exemptions.adp_exempt_reason end as exempt_reason,
        {{ dollars('case when exemptions.is_free_of_416 then 0 else coalesce(minimums.cost_cents, 0) end') }} as topheavy_cost
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_ndt_exemptions') }} as exemptions
        on cells.cell = exemptions.cell and exemptions.test_group = 'all'
    left join indicated on cells.cell = indicated.cell
    left join minimums on cells.cell = minimums.cell
    where {{ this_year('cells') }}

),

tests as (

    select * from averaged
    union all by name
    select * from covered
    union all by name
    select * from amounts
    union all by name
    select * from top_heavy

)

select
    tests.cell,
    cells.scenario_id,
    cells.plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    tests.* exclude (cell)
from tests
inner join {{ ref('cells') }} as cells on tests.cell = cells.cell and {{ this_year('cells') }}
