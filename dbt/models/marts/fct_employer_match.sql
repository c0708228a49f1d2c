{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'simulation_year'],
    tags=['heavy_transform'],
    sliced_over='int_workforce_of_year'
) }}

-- The match on dollars deferred, of the year or payroll by payroll, before the 415(c) limit.
with contributions as (

    select
        person_key,
        matched_deferrals,
        match_compensation,
        catch_up_contributions,
        employee_contributions,
        elected_deferral,
        hours_worked
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

measured as (

    select
        people.cell,
        people.person_key,
        {{ cents('contributions.matched_deferrals') }} as deferred_cents,
        contributions.elected_deferral > contributions.employee_contributions
            - case when cells.match_counts_catch_up then 0 else contributions.catch_up_contributions end as is_cut,
        case when cells.match_counts_catch_up then plan_state.maximum_rate else plan_state.plan_maximum_rate end as matched_rate,
        {{ cents('contributions.match_compensation') }} as plan_cents,
        people.service_years,
        people.age + people.service_years as points,
        {{ word('ineligible_reason', ineligible_reason('match')) }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join contributions on people.person_key = contributions.person_key
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

sharing as (

    select
        person_key,
        cell,
        deferred_cents,
        is_cut,
        matched_rate,
        plan_cents,
        service_years,
        points
    from measured
    where
        ineligible_reason is null
        and deferred_cents > 0

),

-- By payroll, the tiers stand on each stretch of constant pay and rate, as long as deferrals and pay are below their
-- limits. Pay is in cents times days, a deferral in that times ten thousand.
stretches as (

    select
        sharing.person_key,
        periods.period_start,
        cells.match_pay_periods::hugeint as payrolls,
        {{ cents('periods.compensation') }} * {{ days_in_year() }} as year_pay,
        {{ basis_points('least(periods.deferral_rate, sharing.matched_rate)') }} as rate_points,
        least({{ cents('periods.compensation') }} * periods.days, greatest(
            {{ cents('limits.compensation_limit') }} * {{ days_in_year() }}
            - coalesce(sum({{ cents('periods.compensation') }} * periods.days) over earlier, 0), 0
        ))::bigint as counted_pay,
        case when sharing.is_cut then sharing.deferred_cents * {{ days_in_year() }} * 10000 end as most_deferred
    from sharing
    inner join {{ ref('cells') }} as cells on sharing.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_plan_year_limits') }} as limits on sharing.cell = limits.cell
    inner join {{ ref('int_pay_periods') }} as periods on sharing.person_key = periods.person_key
    where
        cells.match_computed = 'payroll'
        and periods.is_in_match
        and {{ in_slice('periods.person_key') }}
    window earlier as (
        partition by sharing.person_key order by periods.period_start rows between unbounded preceding and 1 preceding
    )

),

with_room as (

    select
        *,
        counted_pay * rate_points as deferred,
        case
            when most_deferred is null then counted_pay * rate_points
            else greatest(most_deferred - coalesce(sum(counted_pay * rate_points) over earlier, 0), 0)
        end as room
    from stretches
    window earlier as (
        partition by person_key order by period_start rows between unbounded preceding and 1 preceding
    )

),

-- Where a stretch meets the limit on deferrals: so many whole payrolls, and one with what is left of the limit.
whole_payrolls as (

    select
        *,
        case when deferred > room then (room * payrolls) // (year_pay * rate_points) end as number
    from with_room

),

pieces as (

    select
        person_key,
        payrolls,
        coalesce(number * year_pay, payrolls * counted_pay) as pay,
        coalesce(number * year_pay * rate_points, payrolls * deferred) as deferral
    from whole_payrolls

    union all

    select
        person_key,
        payrolls,
        least(year_pay, payrolls * counted_pay - number * year_pay) as pay,
        payrolls * room - number * year_pay * rate_points as deferral
    from whole_payrolls
    where number is not null

),

formula_by_payroll as (

    select
        sharing.person_key,
        {{ money_from_ratio(
            'sum(tiers.rate_points * greatest(0, least(pieces.deferral, pieces.pay * tiers.to_points) - pieces.pay * tiers.from_points))',
            'any_value(pieces.payrolls) * 100000000 * ' ~ days_in_year()
        ) }} as match_by_payroll
    from sharing
    inner join {{ ref('int_match_tiers') }} as tiers on {{ band_of_match() }}
    inner join pieces on sharing.person_key = pieces.person_key
    group by sharing.person_key

),

-- Each rate on the part of the deferral between two shares of plan compensation, in cents times 10^8: exact whole
-- numbers, so that the sum over the tiers is rounded once.
formula as (

    select
        sharing.person_key,
        sum(tiers.rate_points * greatest(
            0, least(sharing.deferred_cents * 10000, sharing.plan_cents * tiers.to_points) - sharing.plan_cents * tiers.from_points
        ))::bigint as scaled_match
    from sharing
    inner join {{ ref('int_match_tiers') }} as tiers on {{ band_of_match() }}
    group by sharing.person_key

)

select
    measured.cell,
    measured.person_key,
    {{ var('simulation_year') }} as simulation_year,
    measured.service_years,
    measured.points,
    measured.ineligible_reason,
    case
        when formula.person_key is null then 0
        else least(
            case
                when cells.match_computed = 'annual' then {{ money_from_scaled_cents('formula.scaled_match', 100000000) }}
                else greatest(
                    formula_by_payroll.match_by_payroll,
                    case when cells.match_true_up then {{ money_from_scaled_cents('formula.scaled_match', 100000000) }} end
                )
            end,
            {{ money_from_scaled_cents('measured.plan_cents * ' ~ basis_points('cells.match_maximum_rate'), 10000) }},
            cells.match_maximum_amount
        )
    end::decimal(18, 2) as match_before_limit
from measured
inner join {{ ref('cells') }} as cells on measured.cell = cells.cell and {{ this_year('cells') }}
left join formula on measured.person_key = formula.person_key
left join formula_by_payroll on measured.person_key = formula_by_payroll.person_key
