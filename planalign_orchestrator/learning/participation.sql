-- What people do about the plan. Reads the tables of linking.sql.

-- Hires of the year before a file whose time to decide was over on its day.
create table deciders as
select
    hires.*,
    ages.age_segment,
    incomes.income_segment,
    levels.enrollment_multiplier,
    case
        when deferral_rate = 0 then 'out'
        when abs(deferral_rate - plan.default_rate) < 0.00005 then 'automatic'
        else 'voluntary'
    end as decision
from hires
cross join plan
inner join participation_by_age as ages on hires.age >= ages.min_age and hires.age < ages.max_age
inner join participation_by_income as incomes on hires.pay >= incomes.min_pay and hires.pay < incomes.max_pay
inner join levels on hires.level = levels.level_id
where
    hires.is_employed
    and hires.plan_eligible
    and hires.hire_date > (hires.as_of - to_years(1))::date
    and hires.hire_date + plan.days_to_decide::integer <= hires.as_of
    and hires.age >= plan.minimum_age;

-- A year of people who could have joined and had not; who was hired lately may have opted out of automatic enrollment.
create table converters as
select
    lives.employee_id,
    ages.age_segment,
    incomes.income_segment,
    tenure_bands.conversion_multiplier,
    next_rate > 0 as converts,
    next_rate
from lives
cross join plan
inner join participation_by_age as ages on lives.age >= ages.min_age and lives.age < ages.max_age
inner join participation_by_income as incomes on lives.pay >= incomes.min_pay and lives.pay < incomes.max_pay
inner join tenure_bands on lives.tenure_band = tenure_bands.tenure_band
where
    stayed
    and plan_eligible
    and deferral_rate = 0
    and lives.age >= plan.minimum_age
    and hire_date <= case when plan.default_rate > 0
        then (opens - to_years(2))::date
        else opens - plan.days_to_decide::integer
    end;

-- With the rate of the tail of their segment of pay that they reach, or none.
create table elected as
with rates as (
    select employee_id, age_segment, income_segment, deferral_rate from deciders where decision = 'voluntary'
    union all
    select employee_id, age_segment, income_segment, next_rate from converters where converts
)
select
    *,
    (
        select max(tails.deferral_rate)
        from elected_rate_tails as tails
        where tails.income_segment = rates.income_segment and tails.deferral_rate <= rates.deferral_rate
    ) as tail_rate
from rates;

-- Everybody who may take part on the newest day.
create table members as
select employee_id, deferral_rate, ages.age_segment, incomes.income_segment
from people
cross join plan
inner join participation_by_age as ages
    on completed_years(birth_date, as_of) >= ages.min_age and completed_years(birth_date, as_of) < ages.max_age
inner join participation_by_income as incomes on pay >= incomes.min_pay and pay < incomes.max_pay
where
    file = (select max(file) from people)
    and is_employed
    and plan_eligible
    and hire_date + plan.days_to_decide::integer <= as_of
    and completed_years(birth_date, as_of) >= plan.minimum_age;

-- A year of people who deferred when it began, and had done so for a while.
create table changers as
select
    lives.employee_id,
    ages.age_segment,
    incomes.income_segment,
    case
        when next_rate = 0 then 'stop'
        when next_rate < deferral_rate then 'lower'
        when next_rate > deferral_rate then 'raise'
    end as change
from lives
cross join plan
inner join participation_by_age as ages on lives.age >= ages.min_age and lives.age < ages.max_age
inner join participation_by_income as incomes on lives.pay >= incomes.min_pay and lives.pay < incomes.max_pay
where
    stayed
    and deferral_rate > 0
    and hire_date + plan.days_to_decide::integer <= opens;

-- How many of the members take part, by age and by pay, and at what rates; each group with those behind it.
create table participation_today as
with by_group as (
    select 'Participation today by age' as topic, 1 as place, min_age as start, age_segment as name, deferral_rate
    from members
    inner join participation_by_age using (age_segment)
    union all
    select 'Participation today by pay', 2, min_pay, income_segment, deferral_rate
    from members
    inner join participation_by_income using (income_segment)
),

rates (name, low, high) as (
    values ('above 0% to 3%', 0, 0.03), ('above 3% to 6%', 0.03, 0.06), ('above 6% to 10%', 0.06, 0.1),
        ('above 10% to 15%', 0.1, 0.15), ('above 15%', 0.15, 2)
),

participants as (select deferral_rate from members where deferral_rate > 0)

select topic, place, start, name, count(*) as people, count(*) filter (deferral_rate > 0) as part, count(*) as whole
from by_group
group by all
union all
select
    'Deferral rates of participants today',
    3,
    low,
    name,
    count(deferral_rate),
    count(deferral_rate),
    (select count(*) from participants)
from rates
left join participants on deferral_rate > low and deferral_rate <= high
group by all
order by place, start;
