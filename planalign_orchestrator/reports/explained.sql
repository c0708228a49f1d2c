-- What a person's story needs: a row a year with the steps behind it, a mapping of columns a table. A file gives each
-- column of each year by itself, so that naming them takes half of the time of taking them all.
select
    people.*,
    own,
    matches,
    cores,
    tests,
    years.is_partial_termination
from (
    select
        cell, person_key, simulation_year, hire_date, birth_date, termination_date, termination_reason, groups,
        detailed_status_code, level_id, opening_compensation, prorated_annual_compensation, prior_year_compensation,
        scheduled_hours_per_week, hours_worked, eligibility_date, match_entry_date, core_entry_date, deferral_rate,
        own_roth_share, is_hce, is_in_top_paid_group, is_five_percent_owner, employee_contributions,
        catch_up_contributions, roth_contributions, employer_match, employer_core, employer_match_balance,
        employer_core_balance, match_vested_percentage, core_vested_percentage, vesting_service_at_census,
        forfeiture_amount
    from fct_workforce_snapshot
) as people
inner join (
    select
        cell, person_key, simulation_year, plan_compensation, match_compensation, core_compensation, matched_deferrals,
        elected_deferral, employee_contributions, catch_up_contributions
    from fct_employee_contributions
) as own using (cell, person_key, simulation_year)
inner join (
    select cell, person_key, simulation_year, ineligible_reason, match_before_limit from fct_employer_match
) as matches using (cell, person_key, simulation_year)
inner join (
    select cell, person_key, simulation_year, ineligible_reason, core_before_limit, reallocated_forfeitures
    from fct_employer_core
) as cores using (cell, person_key, simulation_year)
inner join (
    select
        fct_ndt_person.*,
        is_nonexcludable as is_counted_for_deferrals,
        coalesce(out_reason <> 'not_plan_eligible', true) as benefits_from_deferrals,
        is_nonexcludable_for_match as is_counted_for_match,
        benefits_from_match,
        is_nonexcludable_for_core as is_counted_for_core,
        core_cents > 0 as benefits_from_core
    from fct_ndt_person
    inner join int_ndt_people using (cell, person_key, simulation_year)
) as tests using (cell, person_key, simulation_year)
inner join fct_yearly_summary as years using (cell, simulation_year)
where person_key = ?
order by simulation_year
