-- The laws that a year breaks, how often, and the first cases: those of law 1 are counts, as it knows no people.

select concat('law ', law, ' (', law_name, '): ', violations, ' times, first: ', coalesce(people, examples))
from fct_law_checks
left join (
    select law, string_agg(concat(rule, ' ', employee_id), '; ' order by rule, employee_id, detail) as people
    from (
        select law, rule, employee_id, detail
        from int_law_violations
        qualify row_number() over (partition by law order by rule, employee_id, detail) <= 5
    )
    group by law
) using (law)
where simulation_year = ? and violations > 0
order by law
