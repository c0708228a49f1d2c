-- Person-years and exits of people who can retire, by age: what the table of retirement rates expects, and what turnover
-- would be at a level of 1. Reads the tables of linking.sql, and those of the factors as they were fitted.
with seen as (
    select
        exposure.employee_id,
        exposure.years,
        exposure.exits,
        retirement.from_age,
        exposure.years * -ln(1 - retirement.rate) as expected,
        exposure.years * ages.exit_multiplier * services.exit_multiplier * levels.exit_multiplier as turnover
    from exposure
    inner join retirement on exposure.age = retirement.age and exposure.tenure = retirement.served
    inner join fitted_age_bands as ages on exposure.age_band = ages.age_band
    inner join fitted_tenure_bands as services on exposure.tenure_band = services.tenure_band
    inner join fitted_levels as levels on exposure.level = levels.level_id
    where not exposure.is_first and retirement.rate > 0
)

select
    name,
    low,
    high,
    count(distinct employee_id) as people,
    coalesce(sum(years), 0) as years,
    coalesce(sum(exits), 0)::integer as exits,
    coalesce(sum(expected), 0) as expected,
    coalesce(sum(turnover), 0) as turnover
from (values ('55-61', 0, 62), ('62-64', 62, 65), ('65+', 65, 999)) as groups (name, low, high)
left join seen on from_age >= low and from_age < high
group by all
order by low
