-- What happened in each year after a day, by measure: reads the tables of linking.sql.

with closing as (
    select
        year(as_of) as year,
        count(*) as headcount,
        sum(pay) as payroll,
        count(*) filter (deferral_rate > 0) / count(*) as participation
    from people
    where is_employed
    group by all
),

of_year as (
    select
        year(closes) as year,
        count(*) filter (not stayed) as exits,
        sum(next_pay) filter (stayed) / nullif(sum(pay) filter (stayed), 0) - 1 as raise
    from lives
    group by all
)

select year, 'headcount' as measure, headcount::double as value from closing
union all
select year, 'payroll', payroll from closing
union all
select year, 'participation', participation from closing
union all
select year, 'exits', exits from of_year
union all
select year, 'raise', raise from of_year
union all
select year(closes), 'exits: service ' || tenure_band, count(*) filter (not stayed) from lives group by all
union all
select year(as_of), 'hire_pay', avg(pay) from hires where is_employed group by all
