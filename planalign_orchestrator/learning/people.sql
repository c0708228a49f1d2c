-- The rows of a file; levels beyond the table's count as the top one, as in a run.
select {{ number }} as file, date '{{ as_of }}' as as_of, employee_id, birth_date, hire_date, termination_date,
    termination_date is null or termination_date > date '{{ as_of }}' as is_employed,
    job_level is not null as level_is_given,
    coalesce(least(job_level, (select max(level_id) from levels)), levels.level_id, 1)::integer as level,
    annual_compensation::double as pay, deferral_rate::double as deferral_rate, plan_eligible,
    scheduled_hours_per_week::double as hours
from read_parquet('{{ path }}') as census
asof left join levels on census.annual_compensation >= levels.min_pay
