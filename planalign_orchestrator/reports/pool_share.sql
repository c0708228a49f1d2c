-- Who shares a pool: by group of class, kind of employee and age, how many and what of their pay counts.
select
    map_extract_value(people.groups, ?) as own_group,
    people.is_hce,
    people.age,
    count(*) as people,
    sum(contributions.core_compensation) as pay,
    sum(greatest(contributions.core_compensation - ?::decimal(18, 6), 0)) as above
from fct_workforce_snapshot as people
inner join fct_employee_contributions as contributions using (person_key, simulation_year)
inner join fct_employer_core as cores using (person_key, simulation_year)
where simulation_year = ? and cores.ineligible_reason is null
group by all
