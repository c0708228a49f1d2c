-- Whom the broken laws are about, with what was paid or matched: the first hundred of each law.

select concat('law ', law, ': ', rule, ' ', employee_id, ': ', detail, chr(10))
from int_law_violations
qualify row_number() over (partition by law order by rule, employee_id, detail) <= 100
order by law, rule, employee_id, detail
