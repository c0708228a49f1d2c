-- What everybody would have without limits: those whose pay or deferrals a limit cuts have the year's formula on what
-- they elected and on all their pay, if that is more. Everybody whose pay the limit cuts has the limit itself as plan
-- compensation, so that for the core sums over them are enough.
with people as (
    select
        people.employee_id,
        people.prorated_annual_compensation as pay,
        people.employer_match,
        people.employer_core,
        people.plan_compensation,
        people.is_limited_by_401a17,
        own.elected_deferral,
        matches.match_before_limit,
        cores.core_before_limit,
        own.elected_deferral - own.employee_contributions
            + case when cells.match_counts_catch_up then 0 else own.catch_up_contributions end as cut_deferral,
        own.matched_deferrals + cut_deferral as matched,
        case
            when people.is_limited_by_401a17 and own.match_compensation = people.plan_compensation
                then people.prorated_annual_compensation
            else own.match_compensation
        end as match_pay,
        own.matched_deferrals > 0 and matches.ineligible_reason is null
            and (people.is_limited_by_401a17 or cut_deferral > 0) as has_other_match,
        case cells.match_family
            when 'points' then matches.points when 'deferral_tiers' then 0 else matches.service_years
        end as measure,
        cells.match_maximum_rate,
        cells.match_maximum_amount
    from fct_workforce_snapshot as people
    inner join fct_employee_contributions as own using (cell, employee_id, simulation_year)
    inner join fct_employer_match as matches using (cell, employee_id, simulation_year)
    inner join fct_employer_core as cores using (cell, employee_id, simulation_year)
    inner join cells using (cell, simulation_year)
    where simulation_year = ?
),

other_matches as (
    select
        employee_id,
        least(
            sum(match_rate * greatest(0, least(matched, deferral_to * match_pay) - deferral_from * match_pay)),
            any_value(match_maximum_rate * match_pay),
            any_value(match_maximum_amount)
        ) as full_match
    from people
    inner join match_tiers as tiers on measure >= minimum and measure < below
    where has_other_match and simulation_year = ?
    group by employee_id
)

select
    count(*) as people,
    sum(pay) as pay,
    sum(pay) filter (where elected_deferral > 0) as savers_pay,
    sum(elected_deferral) as deferrals,
    sum(employer_match) as match,
    sum(employer_core) as core,
    sum(greatest(match_before_limit, full_match)) as full_match,
    sum(core_before_limit) filter (where not is_limited_by_401a17) as core_within_limit,
    sum(core_before_limit * pay) filter (where is_limited_by_401a17) as core_times_pay,
    max(plan_compensation) filter (where is_limited_by_401a17) as pay_limit
from people
left join other_matches using (employee_id)
