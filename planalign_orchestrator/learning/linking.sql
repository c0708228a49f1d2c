-- From checked censuses to lives: who was employed at the end of a year, and what became of them in the next one. Reads
-- people (a row a person and file), intakes (a row a file) and the assumption tables.

create macro completed_years(from_date, to_date) as
    greatest((datediff('month', from_date, to_date) - (day(to_date) < day(from_date))::integer) // 12, 0);

create macro anniversary(from_date) as
    (from_date + to_years(1))::date + (day(from_date) <> day((from_date + to_years(1))::date))::integer;

-- Files a year apart; a Friday may stand for the last day of a month.
create table pairs as
select one.file, other.file as following, one.as_of as opens, other.as_of as closes
from intakes as one
inner join intakes as other on one.file + 1 = other.file
where other.as_of - one.as_of between 360 and 371;

-- What the settings say of the day by which people have decided, and of promotions.
create table plan as
select
    {{ eligibility.minimum_age }}::double as minimum_age,
    greatest(
        {{ eligibility.waiting_period_days }},
        {{ eligibility.service.days + 31 * eligibility.service.months + 366 * eligibility.service.years }}
    )
    + {{ {"immediate": 0, "monthly": 31, "quarterly": 92, "semiannual": 184, "annual": 366}[eligibility.entry_dates] }}
    + {{ 36 + (automatic.window_days + automatic.opt_out_grace_period if automatic.enabled else 0) }}::double
        as days_to_decide,
    {{ automatic.default_deferral_rate if automatic.enabled else 0 }}::double as default_rate,
    dayofyear('2001-{{ promotion.effective_date }}'::date)::integer as promotion_day,
    {{ promotion.minimum_service_years }}::double as promotion_minimum_service_years;

-- Everybody employed at the opening of a year, by what the model looks at on that day.
create table opening as
select
    people.*,
    pairs.following,
    pairs.opens,
    pairs.closes,
    (pairs.closes - pairs.opens)::double as days,
    least(completed_years(birth_date, opens), 200) as age,
    least(completed_years(hire_date, opens), 200) as tenure
from people
inner join pairs on people.file = pairs.file
where people.is_employed;

create table lives as
select
    opening.*,
    coalesce(later.is_employed, false) as stayed,
    -- The model draws a day over the year; where no file tells the day, its middle stands for it.
    least(greatest(coalesce(later.termination_date, opening.termination_date, opens + (days / 2)::integer), opens), closes)
        as exit_date,
    coalesce(later.termination_date, opening.termination_date) is not null as day_is_known,
    later.level as next_level,
    later.pay as next_pay,
    later.deferral_rate as next_rate,
    age_bands.age_band,
    tenure_bands.tenure_band
from opening
left join people as later on opening.following = later.file and opening.employee_id = later.employee_id
inner join age_bands on opening.age >= age_bands.min_age and opening.age < age_bands.max_age
inner join tenure_bands on opening.tenure >= tenure_bands.min_years and opening.tenure < tenure_bands.max_years
-- An id that belongs to somebody else now, or to somebody who came back, says nothing about the year.
where
    later.employee_id is null
    or (later.birth_date = opening.birth_date and later.hire_date <= opens);

-- Who seems to have another id in the next file: somebody who is new to it was born and hired on the same days.
create table renamed as
select opening.file, opening.employee_id
from opening
anti join people as later on opening.following = later.file and opening.employee_id = later.employee_id
semi join (
    select newcomers.*
    from people as newcomers
    anti join people as before
        on newcomers.file = before.file + 1 and newcomers.employee_id = before.employee_id
    where newcomers.is_employed
) as newcomers
    on
        opening.following = newcomers.file
        and opening.birth_date = newcomers.birth_date
        and opening.hire_date = newcomers.hire_date;

-- Files with leavers in them tell who was hired and left within a year, and when.
create table files as
select
    pairs.following as file,
    coalesce(bool_or(people.termination_date > pairs.opens and people.termination_date <= pairs.closes), false) as has_leavers
from pairs
left join people on pairs.following = people.file
group by pairs.following;

create table first_file as select min(file) as file from people;

-- Each hire once, as the first file after it has them: of the year before each file, and of three years before a sole one.
create table hires as
select
    people.*,
    files.has_leavers,
    completed_years(birth_date, hire_date) as age,
    anniversary(hire_date) as first_anniversary,
    (people.as_of - people.hire_date) / 365.25 as years_ago
from people
left join files on people.file = files.file
where
    people.hire_date <= people.as_of
    and people.hire_date > case
        when (select count(distinct file) from people) = 1 then (people.as_of - to_years(3))::date
        else (people.as_of - to_years(1))::date
    end
    and not exists (
        select 1 from people as before
        where before.employee_id = people.employee_id and before.file < people.file
    );

-- How many were hired into each level, and how many of the newest file are in it.
create view people_by_level as
select
    level_id as level,
    (select count(*) from hires where level = level_id) as people,
    (
        select count(*) from people
        where file = (select max(file) from people) and is_employed and level = level_id
    ) as here
from levels;

create table retirement as
select ages.age, services.served, arg_max(rates.rate, rates.years_of_service) as rate, max(rates.age) as from_age
from (select unnest(range(0, 201))::integer as age) as ages
cross join (select unnest(range(0, 201))::integer as served) as services
inner join (
    select *, lead_age from retirement_rates
    inner join (
        select distinct age, lead(age, 1, 201) over (order by age) as lead_age from (select distinct age from retirement_rates)
    ) using (age)
) as rates on ages.age >= rates.age and ages.age < rates.lead_age and services.served >= rates.years_of_service
group by ages.age, services.served;

-- Person-years by what decides about leaving: up to the anniversary of hire, and after it.
create table exposure as
with parts as (
    select
        employee_id,
        age_band,
        tenure_band,
        level,
        age,
        tenure,
        stayed,
        days,
        opens,
        case when stayed then closes else exit_date end as until,
        case when anniversary(hire_date) > opens + 1 then least(anniversary(hire_date) - 1, closes) else opens end as turns
    from lives
)

select
    employee_id,
    age_band,
    tenure_band,
    level,
    age,
    tenure,
    is_first,
    (not stayed and (until <= turns and turns > opens) = is_first)::integer as exits,
    case when is_first then greatest(least(until, turns) - opens, 0) else greatest(until - turns, 0) end / days as years
from parts
cross join (values (true), (false)) as sides (is_first)
where case when is_first then turns > opens else until > turns or not stayed end

union all

-- Hires of the year, where their file has leavers in it; else only those who stayed would be seen.
select
    employee_id,
    null,
    null,
    level,
    age,
    0,
    true,
    (not is_employed)::integer,
    (least(coalesce(termination_date, as_of), as_of) - hire_date) / 365.25
from hires
where has_leavers;

create view exits_in_all as
select
    count(distinct employee_id) as people,
    count(*) as years,
    coalesce(sum((not stayed)::integer), 0)::integer as exits
from lives;

create view exits_in_the_first_year as
select
    count(distinct employee_id) as people,
    coalesce(sum(years), 0) as years,
    coalesce(sum(exits), 0)::integer as exits
from exposure
where is_first;

-- Turnover: of people to whom the table gives no rate of retirement.
create table exit_cells as
select
    age_band,
    tenure_band,
    level,
    sum(years) as years,
    sum(exits)::integer as exits
from exposure
left join retirement on exposure.age = retirement.age and exposure.tenure = retirement.served
where not is_first and coalesce(rate, 0) = 0
group by all
order by all;

-- Who could have been promoted, as both files tell it.
create table promotion_cells as
select age_band, tenure_band, level, count(*) as people, sum((next_level > level)::integer)::integer as promotions
from lives
cross join plan
where
    stayed
    and level_is_given
    and next_level is not null
    and level < (select max(level_id) from levels)
    and completed_years(hire_date, opens + plan.promotion_day) >= plan.promotion_minimum_service_years
group by all
order by all;

-- Pay of the same people a year apart, who had served a year when it began. Halved and doubled pay is another job.
create table raises as
select employee_id, level, next_level, level_is_given, pay, next_pay / pay - 1 as growth
from lives
where stayed and tenure >= 1 and pay > 0 and next_pay / pay between 0.5 and 2;
