{# The people employed at the end of a year by kind of group; of each kind's rows the other kinds are null. -#}
select
    age_band::varchar as age_band,
    {{ pay_band }} as pay_band,
    tenure_band::varchar as tenure_band,
    case when hire_date > $2::date then 'hired' else 'census' end as origin,
    count(*) as people,
    count(*) filter (where is_eligible) as eligible,
    count(*) filter (where is_eligible and deferral_rate < $3::decimal(9, 6)) as missing,
    count(*) filter (where is_eligible and deferral_rate = 0) as nothing,
    count(*) filter (where is_enrolled) as participants,
    sum(age) as ages,
    sum(tenure_years) as service,
    sum(current_compensation) as pay,
    sum(deferral_rate) filter (where is_enrolled) as rates,
    sum(employer_balance) as balance,
    sum(round(employer_match_balance * match_vested_percentage, 2)
        + round(employer_core_balance * core_vested_percentage, 2)) as vested
from fct_workforce_snapshot
where simulation_year = $1 and employment_status = 'active'
group by grouping sets ((1), (2), (3), (4))
