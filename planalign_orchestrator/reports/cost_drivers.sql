-- What everybody has of pay, deferrals and employer money, and what it would be without limits. Only those whose pay or
-- deferrals a limit cuts can have more: the year's formula on what they elected and on all their pay. Everybody whose
-- pay the limit cuts has the limit itself as plan compensation, so that for the core sums over them are enough.
with limited as materialized (
    select
        own.*,
        own.elected_deferral - own.employee_contributions
            + case when cells.match_counts_catch_up then 0 else own.catch_up_contributions end as cut_deferral,
        cells.match_family,
        cells.match_maximum_rate,
        cells.match_maximum_amount
    from fct_employee_contributions as own
    inner join cells using (cell, simulation_year)
    where simulation_year = $1 and (own.is_limited_by_401a17 or cut_deferral > 0)
),

matched as (
    select
        limited.*,
        matches.match_before_limit,
        matched_deferrals + cut_deferral as matched,
        case
            when is_limited_by_401a17 and match_compensation = plan_compensation then prorated_annual_compensation
            else match_compensation
        end as match_pay,
        case match_family
            when 'points' then points when 'deferral_tiers' then 0 else service_years
        end as measure
    from limited
    inner join fct_employer_match as matches using (cell, person_key, simulation_year)
    where matches.simulation_year = $1 and matched_deferrals > 0 and matches.ineligible_reason is null
),

without_limits as (
    select
        least(
            sum(match_rate * greatest(0, least(matched, deferral_to * match_pay) - deferral_from * match_pay)),
            any_value(match_maximum_rate * match_pay),
            any_value(match_maximum_amount)
        ) - any_value(match_before_limit) as more_match
    from matched
    inner join match_tiers as tiers on measure >= minimum and measure < below
    where tiers.simulation_year = $1
    group by person_key
),

own as (
    select
        count(*) as people,
        sum(prorated_annual_compensation) as pay,
        sum(prorated_annual_compensation) filter (where elected_deferral > 0) as savers_pay,
        sum(elected_deferral) as deferrals,
        max(plan_compensation) filter (where is_limited_by_401a17) as pay_limit
    from fct_employee_contributions
    where simulation_year = $1
),

paid as (
    select sum(employer_match) as match, sum(employer_core) as core
    from fct_workforce_snapshot
    where simulation_year = $1
),

matches as (
    select sum(match_before_limit) as match_before_limit from fct_employer_match where simulation_year = $1
),

cores as (
    select sum(core_before_limit) as core_before_limit from fct_employer_core where simulation_year = $1
),

more as (
    select sum(more_match) filter (where more_match > 0) as more_match from without_limits
),

cut as (
    select
        sum(core_before_limit) as cut_core,
        sum(core_before_limit * prorated_annual_compensation) as core_times_pay
    from limited
    inner join fct_employer_core as cores using (cell, person_key, simulation_year)
    where cores.simulation_year = $1 and is_limited_by_401a17
)

select
    own.*,
    paid.*,
    match_before_limit + coalesce(more_match, 0) as full_match,
    core_before_limit - coalesce(cut_core, 0) as core_within_limit,
    core_times_pay
from own, paid, matches, cores, more, cut
