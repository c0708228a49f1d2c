{# The people employed at the end of a year by kind of group and its name. They are counted once by all kinds together,
   which leaves few rows to group each way. -#}
{% set counts = {
    "people": "count(*)",
    "eligible": "count(*) filter (where is_eligible)",
    "missing": "count(*) filter (where is_eligible and deferral_rate < $3::decimal(9, 6))",
    "nothing": "count(*) filter (where is_eligible and deferral_rate = 0)",
    "participants": "count(*) filter (where is_enrolled)",
    "ages": "sum(age)",
    "service": "sum(tenure_years)",
    "pay": "sum(current_compensation)",
    "rates": "sum(deferral_rate) filter (where is_enrolled)",
    "balance": "sum(employer_balance)",
    "vested": "sum(round(employer_match_balance * match_vested_percentage, 2)
        + round(employer_core_balance * core_vested_percentage, 2))",
} -%}
with counted as (
    select
        age_band,
        {{ pay_band }} as pay_band,
        tenure_band,
        case when hire_date > $2::date then 'hired' else 'census' end as origin,
        {% for name, count in counts.items() %}
        {{ count }} as {{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from fct_workforce_snapshot
    where simulation_year = $1 and employment_status = 'active'
    group by 1, 2, 3, 4
)
select
    case
        when grouping(counted.age_band) = 0 then 'age_band'
        when grouping(pay_band) = 0 then 'pay_band'
        when grouping(counted.tenure_band) = 0 then 'tenure_band'
        else 'origin'
    end as kind,
    coalesce(counted.age_band::varchar, pay_band, counted.tenure_band::varchar, origin) as name,
    {% for name in counts %}
    sum({{ name }}) as {{ name }}{{ "," if not loop.last }}
    {% endfor %}
from counted
group by grouping sets ((counted.age_band), (pay_band), (counted.tenure_band), (origin))
