-- The laws that a year breaks, how often, and what the first cases are.

select law, law_name, violations, examples
from fct_law_checks
where simulation_year = ? and violations > 0
order by law
