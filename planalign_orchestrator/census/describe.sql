-- The people of a canonical census in figures: views that describe.py reads.

create view employed as
select
    *,
    date_sub('year', birth_date, {{ day }}) as age,
    date_sub('year', hire_date, {{ day }}) as service
from read_parquet({{ census }})
where termination_date is null or termination_date > {{ day }};

create view counts as
select
    (select count(*) from read_parquet({{ census }})) as people,
    count(*) as employed,
    coalesce(sum(annual_compensation), 0)::double as payroll,
    count(*) filter (where deferral_rate > 0) as participants,
    count(*) filter (where is_five_percent_owner) as owners,
    count(*) filter (where not plan_eligible) as never_eligible
from employed;

create view amounts as
select
    unnest(range(6)) as place,
    unnest([
        age::double,
        service,
        annual_compensation,
        case when deferral_rate > 0 then deferral_rate end,
        scheduled_hours_per_week,
        employer_account_balance
    ]) as amount
from employed;

create view measures as
select
    unnest(range(6)) as place,
    unnest([
        'age', 'service, years', 'annual pay', 'participants'' rate', 'weekly hours', 'employer balance'
    ]) as measure;

create view spreads as
select
    measure,
    count(amount) as people,
    avg(amount) as mean,
    coalesce(quantile_disc(amount, {{ quantiles }}), list_resize([]::double[], {{ quantiles | length }})) as quantiles
from measures
left join amounts using (place)
group by place, measure
order by place;

create view grouped as
select
    *,
    unnest(['job level', 'age', 'service, years']) as kind,
    unnest(range(3)) as place,
    unnest([
        coalesce(job_level::varchar, 'not given'),
        case
            when age < 25 then '<25'
            when age < 35 then '25-34'
            when age < 45 then '35-44'
            when age < 55 then '45-54'
            when age < 65 then '55-64'
            else '65+'
        end,
        case
            when service < 2 then '<2'
            when service < 5 then '2-4'
            when service < 10 then '5-9'
            when service < 20 then '10-19'
            else '20+'
        end
    ]) as name,
    unnest([job_level, age, service]) as position
from employed;

create view groups as
select
    kind,
    name,
    count(*) as people,
    avg(annual_compensation) as mean_pay,
    count(*) filter (where deferral_rate > 0) as participants,
    avg(deferral_rate) filter (where deferral_rate > 0) as mean_deferral
from grouped
group by kind, place, name
order by place, min(position) nulls last;
