{{ config(materialized='ephemeral') }}

-- Match and core worked out a second time, from the columns of the snapshot row; 415(c) holds.
with snapshot as (

    select
        snapshot.cell,
        snapshot.person_key,
        snapshot.employee_id,
        {{ cents('snapshot.plan_compensation') }} as plan_cents,
        {{ cents('case when cells.match_counts_catch_up then snapshot.employee_contributions
            else snapshot.employee_contributions - snapshot.catch_up_contributions end') }} as deferred_cents,
        snapshot.prorated_annual_compensation,
        snapshot.employee_contributions,
        snapshot.catch_up_contributions,
        snapshot.employer_match,
        snapshot.employer_core,
        snapshot.total_employer_contributions,
        snapshot.is_limited_by_415c,
        case
            when cells.match_family = 'points' then snapshot.age + snapshot.tenure_years
            when cells.match_family in ('graded_by_service', 'tenure_bands') then snapshot.tenure_years
            else 0
        end as match_measure,
        case
            when cells.core_type = 'points' then snapshot.age + snapshot.tenure_years
            when cells.core_type = 'graded_by_service' then snapshot.tenure_years
            when cells.core_type = 'age_bands' then snapshot.age
            else 0
        end as core_measure,
        {{ shares_in('match') }} as shares_in_match,
        {{ shares_in('core') }} as shares_in_core,
        {{ basis_points('cells.match_maximum_rate') }} as match_maximum_points,
        cells.match_maximum_amount,
        case when cells.core_disparity then {{ basis_points('cells.core_excess_rate') }} else 0 end as excess_points,
        limits.annual_additions_limit,
        {{ cents('limits.social_security_wage_base') }} * {{ basis_points('cells.core_integration_level') }} as integration_level
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    inner join {{ ref('int_cells') }} as cells on snapshot.cell = cells.cell
    inner join {{ ref('int_plan_year_limits') }} as limits on snapshot.cell = limits.cell
    where
        {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}

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

    select cell, minimum, below, {{ basis_points('core_rate') }} as rate_points
    from {{ ref('core_rates') }}
    where {{ this_year() }}

),

worked_out as (

    select
        snapshot.*,
        case
            when snapshot.shares_in_match and snapshot.employee_contributions > 0 and match_bands.tiers is not null
                then list_sum(list_transform(match_bands.tiers, lambda tier: tier.rate * (
                    least(snapshot.deferred_cents * 10000, tier.high * snapshot.plan_cents)
                    - least(snapshot.deferred_cents * 10000, tier.low * snapshot.plan_cents)
                )))::bigint
            else 0
        end as scaled_match,
        case when snapshot.shares_in_core then coalesce(core_bands.rate_points, 0) else 0 end as core_points
    from snapshot
    left join match_bands
        on snapshot.cell = match_bands.cell
            and snapshot.match_measure >= match_bands.minimum
            and snapshot.match_measure < match_bands.below
    left join core_bands
        on snapshot.cell = core_bands.cell
            and snapshot.core_measure >= core_bands.minimum
            and snapshot.core_measure < core_bands.below

),

expected as (

    select
        *,
        least(
            {{ money_from_scaled_cents('scaled_match', 100000000) }},
            {{ money_from_scaled_cents('plan_cents * match_maximum_points', 10000) }},
            match_maximum_amount
        ) as expected_match,
        {{ money_from_scaled_cents('10000 * plan_cents * core_points + case
            when plan_cents * 10000 > integration_level
                then (plan_cents * 10000 - integration_level) * least(core_points, excess_points)
            else 0
        end', 100000000) }} as expected_core
    from worked_out

),

checked as (

    select
        *,
        employee_contributions - catch_up_contributions as regular_contributions,
        least(annual_additions_limit, prorated_annual_compensation) as additions_limit
    from expected

)

select
    cell,
    case
        when employer_match > expected_match or (not is_limited_by_415c and employer_match <> expected_match) then 'match_recomputed'
        when employer_core > expected_core or (not is_limited_by_415c and employer_core <> expected_core) then 'core_recomputed'
        when total_employer_contributions <> employer_match + employer_core then 'total_is_match_and_core'
        else 'annual_additions_limit'
    end as rule,
    employee_id,
    concat('match ', employer_match, ', expected ', expected_match, '; core ', employer_core, ', expected ', expected_core) as detail
from checked
where
    employer_match > expected_match
    or employer_core > expected_core
    or (not is_limited_by_415c and (employer_match <> expected_match or employer_core <> expected_core))
    or total_employer_contributions <> employer_match + employer_core
    or greatest(regular_contributions + employer_match + employer_core, regular_contributions) > greatest(additions_limit, regular_contributions)
    -- What the limit takes away comes from the core contribution first, and no more than the excess.
    or (is_limited_by_415c and regular_contributions + employer_match + employer_core <> additions_limit
        and employer_match + employer_core > 0)
    or (is_limited_by_415c and employer_match < expected_match and employer_core > 0)
