{{ config(materialized='ephemeral') }}

{%- set match = var('plan').match %}
{%- set core = var('plan').core %}
{%- set disparity = core.permitted_disparity %}

-- Match and core worked out a second time, tier by tier over a table, from the columns of the snapshot row; 415(c) holds.
with snapshot as (

    select
        snapshot.person_key,
        snapshot.employee_id,
        snapshot.age,
        snapshot.tenure_years,
        {{ cents('snapshot.plan_compensation') }} as plan_cents,
        {{ cents('snapshot.employee_contributions') }} as deferred_cents,
        snapshot.prorated_annual_compensation,
        snapshot.employee_contributions,
        snapshot.catch_up_contributions,
        snapshot.employer_match,
        snapshot.employer_core,
        snapshot.total_employer_contributions,
        snapshot.is_limited_by_415c,
        snapshot.is_eligible,
        {{ {'graded_by_service': 'snapshot.tenure_years', 'tenure_bands': 'snapshot.tenure_years',
            'points': 'snapshot.age + snapshot.tenure_years'}.get(match.family, '0') }} as match_measure,
        {{ {'graded_by_service': 'snapshot.tenure_years', 'points': 'snapshot.age + snapshot.tenure_years',
            'age_bands': 'snapshot.age'}.get(core.type, '0') }} as core_measure,
        {{ shares_in(match.eligibility) }} as shares_in_match,
        {{ shares_in(core.eligibility) }} as shares_in_core,
        limits.annual_additions_limit,
        {{ cents('limits.social_security_wage_base') }} * {{ setting_in_basis_points(disparity.integration_level) }} as integration_level
    from {{ ref('fct_workforce_snapshot') }} as snapshot
    cross join {{ ref('int_plan_year_limits') }} as limits
    where
        {{ this_year('snapshot') }}
        and {{ in_slice('snapshot.person_key') }}

),

match_tiers (minimum, below, deferral_from, deferral_to, tier_rate) as (

    values
    {%- for band in var('match_bands') %}
    {%- set next_band = loop.nextitem %}
    {%- for tier in band.tiers %}
    ({{ band.minimum }}, {{ next_band.minimum if next_band is defined else 9999 }}, {{ setting_in_basis_points(tier.deferral_from) }}, {{ setting_in_basis_points(tier.deferral_to) }}, {{ setting_in_basis_points(tier.rate) }}),
    {%- endfor %}
    {%- endfor %}
    (-1, -1, 0, 0, 0)

),

core_rates (minimum, below, core_rate) as (

    values
    {%- if core.type == 'flat' %}
    (0, 9999, {{ setting_in_basis_points(core.rate) }}),
    {%- elif core.type != 'none' %}
    {%- for band in core.bands %}
    ({{ band.minimum }}, {{ loop.nextitem.minimum if loop.nextitem is defined else 9999 }}, {{ setting_in_basis_points(band.rate) }}),
    {%- endfor %}
    {%- endif %}
    (-1, -1, 0)

),

matched as (

    select
        snapshot.person_key,
        sum(match_tiers.tier_rate * (
            least(snapshot.deferred_cents * 10000, match_tiers.deferral_to * snapshot.plan_cents)
            - least(snapshot.deferred_cents * 10000, match_tiers.deferral_from * snapshot.plan_cents)
        ))::bigint as formula_match
    from snapshot
    inner join match_tiers on snapshot.match_measure >= match_tiers.minimum and snapshot.match_measure < match_tiers.below
    where snapshot.employee_contributions > 0 and snapshot.shares_in_match
    group by snapshot.person_key

),

expected as (

    select
        snapshot.*,
        least(
            {{ money_from_scaled_cents('coalesce(matched.formula_match, 0)', 100000000) }},
            {{ money_from_scaled_cents('snapshot.plan_cents * ' ~ setting_in_basis_points(match.max_match_percentage), 10000) }}
        ) as expected_match,
        case when snapshot.shares_in_core then {{ money_from_scaled_cents('10000 * snapshot.plan_cents * coalesce(core_rates.core_rate, 0)'
            ~ (' + case when snapshot.plan_cents * 10000 > snapshot.integration_level
                then (snapshot.plan_cents * 10000 - snapshot.integration_level)
                    * least(coalesce(core_rates.core_rate, 0), ' ~ setting_in_basis_points(disparity.excess_rate) ~ ')
                else 0 end' if disparity.enabled else ''), 100000000) }}
        else 0 end as expected_core
    from snapshot
    left join matched on snapshot.person_key = matched.person_key
    left join core_rates on snapshot.core_measure >= core_rates.minimum and snapshot.core_measure < core_rates.below

),

checked as (

    select
        *,
        employee_contributions - catch_up_contributions as regular_contributions,
        least(annual_additions_limit, prorated_annual_compensation) as additions_limit
    from expected

)

select
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
