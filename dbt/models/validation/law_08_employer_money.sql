{{ config(materialized='ephemeral') }}

-- Match and core worked out a second time, from the columns of the snapshot row; 415(c) holds.
with snapshot as (

    select
        snapshot.cell,
        snapshot.person_key,
        snapshot.employee_id,
        {{ cents('contributions.match_compensation') }} as match_cents,
        {{ cents('contributions.core_compensation') }} as core_cents,
        {{ cents('contributions.matched_deferrals') }} as deferred_cents,
        cells.annual_additions_order,
        snapshot.prorated_annual_compensation,
        snapshot.employee_contributions,
        snapshot.employee_contributions + snapshot.returned_deferrals as deferrals_before_returns,
        contributions.matched_deferrals,
        contributions.employee_contributions - case when cells.match_counts_catch_up then 0 else contributions.catch_up_contributions end
            as counted_deferrals,
        cores.core_before_limit,
        cores.reallocated_forfeitures,
        snapshot.match_entry_date <= greatest(snapshot.hire_date, {{ year_start() }}) as is_in_match_all_year,
        snapshot.catch_up_contributions,
        snapshot.employer_match,
        snapshot.employer_core,
        snapshot.total_employer_contributions,
        snapshot.is_limited_by_415c,
        case when cells.match_family in ('points', 'graded_by_service', 'tenure_bands') or cells.core_type in ('points', 'graded_by_service')
            then {{ service_years('snapshot.hire_date', 'coalesce(snapshot.termination_date, ' ~ year_end() ~ ')') }}
        end as service_years,
        snapshot.age,
        cells.match_family,
        cells.core_type,
        cells.core_classes_by,
        {{ class_of('snapshot.groups', 'snapshot.is_hce') }} as class,
        {{ has_pool() }} as has_pool,
        cells.core_shared_by,
        {{ shares_in('match') }} as shares_in_match,
        {{ shares_in('core') }} as shares_in_core,
        {{ basis_points('cells.match_maximum_rate') }} as match_maximum_points,
        cells.match_maximum_amount,
        cells.match_computed,
        cells.match_true_up,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} else 0 end as excess_points,
        limits.annual_additions_limit,
        {{ integration_level() }} as integration_level
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('fct_employee_contributions') }} as contributions
        on snapshot.person_key = contributions.person_key
            and {{ this_year('contributions') }}
            and {{ in_slice('contributions.person_key') }}
    inner join {{ ref('fct_employer_core') }} as cores
        on snapshot.person_key = cores.person_key
            and {{ this_year('cores') }}
            and {{ in_slice('cores.person_key') }}
    inner join {{ ref('cells') }} as cells on snapshot.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    where
        {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}

),

measured as (

    select
        *,
        case
            when match_family = 'points' then age + service_years
            when match_family in ('graded_by_service', 'tenure_bands') then service_years
            else 0
        end as match_measure,
        case
            when core_type = 'points' then age + service_years
            when core_type = 'graded_by_service' then service_years
            when core_type = 'age_bands' or (core_type = 'profit_sharing' and core_classes_by = 'age') then age
            else 0
        end as core_measure
    from snapshot

),

-- The tiers of each band as lists, so that a person meets one row.
match_bands as (

    select
        cell,
        minimum,
        below,
        list({
            'low': {{ basis_points('deferral_from') }},
            'high': {{ basis_points('deferral_to') }},
            'rate': {{ basis_points('match_rate') }}
        }) as tiers
    from {{ ref('match_tiers') }}
    where {{ this_year() }}
    group by cell, minimum, below

),

core_bands as (

    select cell, minimum, below, class, {{ basis_points('core_rate') }} as rate_points
    from {{ ref('core_rates') }}
    where {{ this_year() }}

),

worked_out as (

    select
        measured.*,
        case
            when measured.shares_in_match and match_bands.tiers is not null
                then list_sum(list_transform(match_bands.tiers, lambda tier: tier.rate * (
                    least(measured.deferred_cents * 10000, tier.high * measured.match_cents)
                    - least(measured.deferred_cents * 10000, tier.low * measured.match_cents)
                )))::bigint
            else 0
        end as scaled_match,
        case when measured.shares_in_match then coalesce(list_sum(list_transform(match_bands.tiers, lambda tier: tier.rate)), 0)::bigint else 0 end
            as rates_together,
        case when measured.shares_in_core then coalesce(core_bands.rate_points, 0) else 0 end as core_points
    from measured
    left join match_bands
        on measured.cell = match_bands.cell
            and measured.match_measure >= match_bands.minimum
            and measured.match_measure < match_bands.below
    left join core_bands
        on measured.cell = core_bands.cell
            and measured.core_measure >= core_bands.minimum
            and measured.core_measure < core_bands.below
            and measured.class is not distinct from core_bands.class

),

-- What is shared out, to whom, in dollars.
pools as (

    select
        cores.cell,
        sum(cores.core_before_limit - cores.reallocated_forfeitures) as shared,
        sum(contributions.core_compensation)::double as pay,
        coalesce(
            any_value(cells.core_pool_amount),
            {{ money('sum(contributions.core_compensation) * any_value(cells.core_pool_rate)') }}
        ) as pool
    from {{ ref('fct_employer_core') }} as cores
    inner join {{ ref('cells') }} as cells on cores.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('fct_employee_contributions') }} as contributions
        on cores.person_key = contributions.person_key
            and {{ this_year('contributions') }}
    where
        {{ this_year('cores') }}
        and {{ has_pool() }}
        and cores.ineligible_reason is null
    group by cores.cell

),

expected as (

    select
        *,
        least(
            {{ money_from_scaled_cents('scaled_match', 100000000) }},
            {{ money_from_scaled_cents('match_cents * match_maximum_points', 10000) }},
            match_maximum_amount
        ) as expected_match,
        case
            when has_pool then core_before_limit
            else {{ money_from_scaled_cents('10000 * core_cents * core_points + case
                when core_cents * 10000 > integration_level
                    then (core_cents * 10000 - integration_level) * least(core_points, excess_points)
                else 0
            end', 100000000) }} + reallocated_forfeitures
        end as expected_core
    from worked_out

),

checked as (

    select
        *,
        -- By payroll no stretch earns more than all rates on all deferrals; the year is the floor where it is trued up.
        case
            when match_computed = 'annual' then expected_match
            else least(
                {{ money_from_scaled_cents('deferred_cents * rates_together', 10000) }},
                {{ money_from_scaled_cents('match_cents * match_maximum_points', 10000) }},
                match_maximum_amount
            )
        end as most_match,
        case when match_computed = 'annual' or match_true_up then expected_match else 0 end as least_match,
        employee_contributions - catch_up_contributions as regular_contributions,
        least(annual_additions_limit, prorated_annual_compensation) as additions_limit
    from expected

)

select
    cell,
    case
        when matched_deferrals not between 0 and deferrals_before_returns
            or (is_in_match_all_year and matched_deferrals <> counted_deferrals) then 'matched_deferrals_since_entry'
        when employer_match > most_match or (not is_limited_by_415c and employer_match < least_match) then 'match_recomputed'
        when employer_core > expected_core or (not is_limited_by_415c and employer_core <> expected_core) then 'core_recomputed'
        when total_employer_contributions <> employer_match + employer_core then 'total_is_match_and_core'
        else 'annual_additions_limit'
    end as rule,
    employee_id,
    concat('match ', employer_match, ', expected ', expected_match, '; core ', employer_core, ', expected ', expected_core) as detail
from checked
where
    matched_deferrals not between 0 and deferrals_before_returns
    or (is_in_match_all_year and matched_deferrals <> counted_deferrals)
    or employer_match > most_match
    or employer_core > expected_core
    or (not is_limited_by_415c and (employer_match < least_match or employer_core <> expected_core))
    or total_employer_contributions <> employer_match + employer_core
    or greatest(regular_contributions + employer_match + employer_core, regular_contributions) > greatest(additions_limit, regular_contributions)
    -- What the limit takes away comes from the core contribution first, and no more than the excess.
    or (is_limited_by_415c and regular_contributions + employer_match + employer_core <> additions_limit
        and employer_match + employer_core > 0)
    or (is_limited_by_415c and annual_additions_order <> 'match_first' and employer_match < least_match and employer_core > 0)
    or (is_limited_by_415c and annual_additions_order = 'match_first' and employer_core < expected_core and employer_match > 0)
    or (annual_additions_order = 'return_deferrals_first' and regular_contributions > 0
        and (employer_match < least_match or employer_core < expected_core))

union all

-- Nothing is shared where nobody has pay, or where nobody's class has a rate.
select
    cell,
    'pool_is_shared_out',
    '*',
    concat(shared, ' of ', pool, ' is shared')
from pools
where
    shared <> pool
    and (shared > 0 or not exists (select 1 from {{ ref('core_rates') }} as rates where rates.cell = pools.cell and {{ this_year('rates') }}))
    and pay > 0
