select employee_id from (select distinct employee_id from fct_workforce_snapshot)
order by levenshtein(lower(employee_id), lower(?)), employee_id limit 5
