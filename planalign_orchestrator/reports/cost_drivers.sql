-- Everybody whose pay the limit cuts has the limit itself as plan compensation, so sums over them are enough.
select
    count(*) as people,
    sum(prorated_annual_compensation) as pay,
    sum(prorated_annual_compensation) filter (where employee_contributions > 0) as savers_pay,
    sum(employee_contributions) as deferrals,
    sum(employer_match) as match,
    sum(employer_core) as core,
    sum(employer_match) filter (where is_limited_by_401a17) as limited_match,
    sum(employer_core) filter (where is_limited_by_401a17) as limited_core,
    sum(employer_match * prorated_annual_compensation) filter (where is_limited_by_401a17) as match_times_pay,
    sum(employer_core * prorated_annual_compensation) filter (where is_limited_by_401a17) as core_times_pay,
    max(plan_compensation) filter (where is_limited_by_401a17) as pay_limit
from fct_workforce_snapshot
where simulation_year = ?
