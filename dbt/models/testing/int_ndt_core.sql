{{ config(materialized='table', empty_unless='select 1 from ' ~ ref('int_ndt_core_rates')) }}

{%- set bases = ['allocation', 'imputed_disparity', 'benefits'] %}

-- The amount of the core contribution (IRC 401(a)(4)): by design where the rate is one for all, else the general test with
-- the first basis on which it passes. A rate is compared with those of its own basis alone, so their units may differ.
with rates as (

    select
        cell,
        test_group,
        is_hce,
        unnest(['{{ bases | join("', '") }}']) as basis,
        unnest([allocation, imputed, benefit_thousandths]) as rate
    from {{ ref('int_ndt_core_rates') }}

),

by_rate as (

    select
        cell,
        test_group,
        basis,
        rate,
        count(*) filter (where not is_hce) as nhce,
        count(*) filter (where is_hce) as hce
    from rates
    group by cell, test_group, basis, rate

),

-- A rate group is everybody with at least the rate of one of the HCEs (1.401(a)(4)-2(c)(1)); between two of these rates
-- there are the same HCEs and no fewer NHCEs, so the lowest ratio stands at one of them.
reached as (

    select
        *,
        sum(nhce) over from_the_top as nhce_in,
        sum(hce) over from_the_top as hce_in,
        sum(nhce) over (partition by cell, test_group, basis) as n_nhce,
        sum(hce) over (partition by cell, test_group, basis) as n_hce
    from by_rate
    window from_the_top as (partition by cell, test_group, basis order by rate desc)

),

lowest as (

    select
        cell,
        test_group,
        basis,
        min({{ ratio_percentage('nhce_in', 'n_nhce', 'hce_in', 'n_hce') }}) filter (where rate > 0) as ratio_percentage
    from reached
    group by cell, test_group, basis

),

highest as (

    select cell, test_group, max(allocation) as allocation
    from {{ ref('int_ndt_core_rates') }}
    where is_hce
    group by cell, test_group

),

-- Cross-testing is open where each NHCE has 5% or a third of the highest HCE rate (1.401(a)(4)-8(b)(1)(vi)).
gateways as (

    select
        people.cell,
        people.test_group,
        bool_and(
            people.is_hce or people.core_cents = 0 or 20 * people.core_cents >= people.pay_415_cents
            or 3 * people.allocation >= highest.allocation
        ) as is_open,
        sum(people.allocation) filter (where people.is_hce) as hce_sum,
        count(*) filter (where people.is_hce and people.core_cents > 0) as hce_in,
        sum(people.allocation) filter (where not people.is_hce) as nhce_sum,
        count(*) filter (where not people.is_hce and people.core_cents > 0) as nhce_in
    from {{ ref('int_ndt_core_rates') }} as people
    left join highest on people.cell = highest.cell and people.test_group = highest.test_group
    group by people.cell, people.test_group

),

-- A schedule by age, service or points opens it too where it rises smoothly at regular intervals (-8(b)(1)(iv)): by at
-- most 5 points, to at most twice the rate, and by no more than the step before. Its first band may be thought of as one
-- that begins later, with the first year of service or at 25.
steps as (

    select
        rates.cell,
        rates.below,
        rates.below - rates.minimum as length,
        rates.core_rate,
        row_number() over by_minimum as place,
        count(*) over (partition by rates.cell) as steps,
        lag(rates.core_rate) over by_minimum as rate_before,
        lag(rates.core_rate, 2) over by_minimum as rate_two_before,
        case when cells.core_type = 'graded_by_service' then 1 else 25 end as latest_start
    from {{ ref('core_rates') }} as rates
    inner join {{ ref('cells') }} as cells on rates.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ this_year('rates') }}
        and cells.core_type in ('graded_by_service', 'points', 'age_bands')
        and not (cells.core_disparity and cells.core_excess_rate > 0)
    window by_minimum as (partition by rates.cell order by rates.minimum)

),

schedules as (

    select
        cell,
        any_value(latest_start) as latest_start,
        max(below) filter (where place = 1) as first_end,
        min(length) filter (where place > 1 and place < steps) as shortest,
        max(length) filter (where place > 1 and place < steps) as longest,
        max(steps) > 1
            and bool_and(place = 1 or (
                core_rate > rate_before
                and core_rate - rate_before <= 0.05
                and core_rate <= 2 * rate_before
                and coalesce(core_rate * rate_two_before <= rate_before * rate_before, true)
            )) as is_smooth
    from steps
    group by cell

),

gradual as (

    select cell
    from schedules
    where
        is_smooth
        and coalesce(shortest = longest, true)
        and (
            (latest_start = 25 and first_end <= 25)
            or coalesce(longest between first_end - latest_start and first_end, true)
        )

),

judged as (

    select
        lowest.cell,
        lowest.test_group,
        list_position(['{{ bases | join("', '") }}'], lowest.basis) as place,
        lowest.basis,
        lowest.ratio_percentage,
        (lowest.basis <> 'benefits' or gateways.is_open or gradual.cell is not null) and (
            coalesce(lowest.ratio_percentage >= 7000, true)
            or (
                2 * lowest.ratio_percentage >= coverage.safe_harbor + greatest(coverage.safe_harbor - 1000, 2000)
                and coalesce(coverage.average_benefit >= 7000, true)
            )
        ) as passes,
        cells.core_type = 'points'
            and coalesce(gateways.hce_sum * gateways.nhce_in <= gateways.nhce_sum * gateways.hce_in, true) as is_uniform_points
    from lowest
    inner join {{ ref('cells') }} as cells on lowest.cell = cells.cell and {{ this_year('cells') }}
    inner join gateways on lowest.cell = gateways.cell and lowest.test_group = gateways.test_group
    left join gradual on lowest.cell = gradual.cell
    inner join (
        select
            cell,
            test_group,
            {{ safe_harbor_hundredths('core_nhce', 'core_hce') }} as safe_harbor,
            {{ average_benefit() }} as average_benefit
        from {{ ref('int_ndt_groups') }}
    ) as coverage on lowest.cell = coverage.cell and lowest.test_group = coverage.test_group

)

select
    cell,
    test_group,
    case
        when is_uniform_points then 'uniform_points'
        else coalesce(arg_min(basis, place) filter (where passes), 'allocation')
    end as basis,
    bool_or(passes) or is_uniform_points as passes,
    case when not is_uniform_points then
        -- A ratio may be null, where there is nothing to compare.
        arg_min_null(ratio_percentage, case when passes then place else place + 10 end)
    end as ratio_percentage
from judged
group by cell, test_group, is_uniform_points
