-- Everything that is stored of a person's years: each row with the steps behind it, a mapping of columns a table.
select
    people.*,
    own,
    matches,
    cores,
    tests,
    years.is_partial_termination
from fct_workforce_snapshot as people
inner join fct_employee_contributions as own using (cell, person_key, simulation_year)
inner join fct_employer_match as matches using (cell, person_key, simulation_year)
inner join fct_employer_core as cores using (cell, person_key, simulation_year)
inner join fct_ndt_person as tests using (cell, person_key, simulation_year)
inner join fct_yearly_summary as years using (cell, simulation_year)
where person_key = ?
order by simulation_year
