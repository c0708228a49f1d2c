select cell, list(law_name order by law) as laws
from fct_law_checks
where simulation_year = ? and violations > 0
group by cell
order by cell
