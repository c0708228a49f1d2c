-- What happened in each year after a day, in the order of the page: reads the tables of linking.sql.

with closing as (
    select
        year(as_of) as year,
        count(*) as headcount,
        sum(pay) as payroll,
        -- Nothing where no file has deferral rates.
        case when (select max(deferral_rate) > 0 from people) then count(*) filter (deferral_rate > 0) / count(*) end
            as participation
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
),

happened (place, year, measure, value) as (
    select 1, year, 'headcount', headcount::double from closing
    union all
    select 2, year, 'payroll', payroll from closing
    union all
    select 3, year, 'exits', exits from of_year
    union all
    select 4, year(as_of), 'hire_pay', avg(pay) from hires where is_employed group by all
    union all
    select 5, year, 'raise', raise from of_year
    union all
    select 6, year, 'participation', participation from closing
    union all
    select 7 + tenure_bands.rowid, year(closes), 'exits: service ' || tenure_band, count(*) filter (not stayed)
    from lives
    inner join tenure_bands using (tenure_band)
    group by all
)

select measure, year, value from happened where value is not null order by place, year
