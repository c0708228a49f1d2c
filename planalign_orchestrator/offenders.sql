-- Whom the broken laws are about, the first ones of each law.

select law, rule, employee_id, detail
from int_law_violations
qualify row_number() over (partition by law order by rule, employee_id, detail) <= {{ most }}
order by all
