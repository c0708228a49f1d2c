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

-- The NHCEs of failed tests whom a QNEC could go to, lowest pay first (1.401(k)-2(a)(6)).
lacking as (

    select
        people.cell,
        people.test_group,
        people.person_key,
        people.pay_cents,
        people.room_cents,
        averages.test,
        averages.missing,
        averages.missing * averages.n_nhce as all_missing,
        least(greatest(500, averages.missing), people.room_cents * 10000 // people.pay_cents) as most
    from {{ ref('int_ndt_people') }} as people
    inner join (select * from averages where fails and qnec_helps) as averages
        on people.cell = averages.cell and people.test_group = averages.test_group
    where
        {{ this_year('people') }}
        and not people.is_hce
        and case averages.test when 'adp' then people.adp_out else people.acp_out end is null

),

given as (

    select
        *,
        least(
            most,
            greatest(all_missing - coalesce(sum(most) over (
                partition by cell, test, test_group order by pay_cents, room_cents, person_key rows between unbounded preceding and 1 preceding
            ), 0), 0)
        ) as targeted
    from lacking

),

qnecs as (

    select
        cell,
        test,
        test_group,
        any_value(missing) as missing,
        sum(least((missing * pay_cents + 5000) // 10000, room_cents)) as flat_cents,
        sum((targeted * pay_cents + 5000) // 10000) as targeted_cents
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
        {{ points('qnecs.missing') }} as qnec_points,
        {{ dollars("case cells.testing_correction
            when 'qnec_flat' then coalesce(qnecs.flat_cents, 0)
            when 'qnec_targeted' then coalesce(qnecs.targeted_cents, 0)
            else 0 end") }} as qnec_cost,
        {{ dollars('qnecs.flat_cents') }} as qnec_flat_cost,
        {{ dollars('qnecs.targeted_cents') }} as qnec_targeted_cost,
        {{ dollars('case when averages.fails then coverage.safe_harbor_match_cents end') }} as safe_harbor_match_cost,
        {{ dollars('case when averages.fails then coverage.safe_harbor_core_cents end') }} as safe_harbor_core_cost,
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
    left join qnecs
        on averages.cell = qnecs.cell and averages.test = qnecs.test and averages.test_group = qnecs.test_group
    left join {{ ref('int_ndt_coverage') }} as coverage
        on averages.cell = coverage.cell and averages.test_group = coverage.test_group

),

counted as (
    {%- for test, part in parts.items() %}
    select
        cell,
        test_group,
        '{{ test }}' as test,
        {{ part }}_nhce as n_nhce,
        {{ part }}_hce as n_hce,
        {{ hundredths(part ~ '_nhce_in', part ~ '_nhce') }} as nhce,
        {{ hundredths(part ~ '_hce_in', part ~ '_hce') }} as hce,
        {{ ratio_percentage(part ~ '_nhce_in', part ~ '_nhce', part ~ '_hce_in', part ~ '_hce') }} as ratio_percentage,
        {{ safe_harbor_hundredths(part ~ '_nhce', part ~ '_hce') }} as safe_harbor,
        case when coalesce(ratio_percentage >= 7000, true) then 7000 else safe_harbor end as needed,
        {{ average_benefit() }} as average_benefit
    from {{ ref('int_ndt_coverage') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

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
        counted.n_nhce,
        counted.n_hce,
        {{ points('counted.nhce') }} as nhce_average,
        {{ points('counted.hce') }} as hce_average,
        {{ points('counted.ratio_percentage') }} as ratio_percentage,
        {{ points('counted.average_benefit') }} as average_benefit,
        {{ points('counted.needed') }}::decimal(12, 4) as highest_allowed,
        {{ points('counted.ratio_percentage - counted.needed') }}::decimal(12, 4) as margin,
        case
            when counted.test = 'coverage_match' and not exemptions.has_match then 'not_applicable'
            when counted.test = 'coverage_core' and not exemptions.has_core then 'not_applicable'
            when counted.test_group = 'union' then 'exempt'
            when coalesce(counted.ratio_percentage >= 7000, true) then 'pass'
            when counted.ratio_percentage >= counted.safe_harbor and coalesce(counted.average_benefit >= 7000, true) then 'pass'
            else 'fail'
        end as result,
        case when result = 'exempt' then 'collectively_bargained' end as exempt_reason
    from counted
    inner join {{ ref('int_ndt_exemptions') }} as exemptions on counted.cell = exemptions.cell

),

amounts as (

    select
        coverage.cell,
        'amount_core' as test,
        coverage.test_group,
        case
            when coverage.test_group = 'union' then null
            when {{ core_is_uniform() }} then 'uniform_rate'
            when cells.core_type <> 'none' then core.basis
        end as basis,
        coverage.core_nhce as n_nhce,
        coverage.core_hce as n_hce,
        {{ points('core.ratio_percentage') }} as ratio_percentage,
        {{ points(average_benefit()) }} as average_benefit,
        case
            when cells.core_type = 'none' then 'not_applicable'
            when coverage.test_group = 'union' then 'exempt'
            when {{ core_is_uniform() }} or coalesce(core.passes, true) then 'pass'
            else 'fail'
        end as result,
        case when result = 'exempt' then 'collectively_bargained' end as exempt_reason
    from {{ ref('int_ndt_coverage') }} as coverage
    inner join {{ ref('cells') }} as cells on coverage.cell = cells.cell and {{ this_year('cells') }}
    left join {{ ref('int_ndt_core') }} as core
        on coverage.cell = core.cell and coverage.test_group = core.test_group

),

-- Balances of the employer's money at the end of the year before; what employees put in, officers and smaller owners are
-- not known, so that the law's question (IRC 416(g)) stays open.
indicated as (

    select
        cell,
        {{ hundredths('sum(key_balance_cents)', 'sum(balance_cents)') }} as indicator
    from {{ ref('int_ndt_coverage') }}
    group by cell

),

key_rates as (

    select
        people.cell,
        coalesce(max({{ hundredths('deferral_cents + match_cents + core_cents', 'pay_415_cents') }}), 0) as highest_rate
    from {{ ref('int_ndt_people') }} as people
    inner join (select cell from indicated where indicator > 6000) as heavy on people.cell = heavy.cell
    where
        {{ this_year('people') }}
        and people.is_key
    group by people.cell

),

minimums as (

    select
        people.cell,
        sum(greatest(
            (least(300, key_rates.highest_rate) * people.pay_415_cents + 5000) // 10000 - people.core_cents - people.match_cents, 0
        )) as cost_cents
    from {{ ref('int_ndt_people') }} as people
    inner join key_rates on people.cell = key_rates.cell
    where
        {{ this_year('people') }}
        and not people.is_key
        and people.is_active
        and people.is_eligible
        and people.is_nonexcludable
        -- Neither people below age and service, tested apart, nor union members (IRC 416(c)(2), (i)(4)).
        and people.test_group in ('all', 'statutory')
    group by people.cell

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
        case when {{ is_free_of_416() }} then 'exempt' else 'not_determined' end as result,
        case when {{ is_free_of_416() }} then exemptions.adp_exempt_reason end as exempt_reason,
        {{ dollars('case when ' ~ is_free_of_416() ~ ' then 0 else coalesce(minimums.cost_cents, 0) end') }} as topheavy_cost
    from {{ ref('cells') }} as cells
    inner join {{ ref('int_ndt_exemptions') }} as exemptions on cells.cell = exemptions.cell
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
