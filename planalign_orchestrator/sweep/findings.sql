-- Futures out of the yearly summaries of cells: reads the view results. A plan counts where every alternative has it, and
-- a future where it has every plan that counts.

create table cells as
select plan, alternative, seed
from results
group by all
having count(broken_laws) = 0;

create table counted as
select plan
from cells
group by plan
having count(distinct alternative) = (select count(distinct alternative) from cells);

create table whole as
select alternative, seed
from cells
semi join counted using (plan)
group by all
having count(*) = (select count(*) from counted);

create view sound as
select *
from results
semi join counted using (plan)
semi join whole using (alternative, seed);

create table futures as
select
    alternative,
    seed,
    simulation_year as year,
    sum(net_employer_cost)::double as net_employer_cost,
    sum(employer_match)::double as employer_match,
    sum(employer_core)::double as employer_core,
    sum(employee_contributions)::double as employee_contributions,
    sum(payroll)::double as payroll,
    sum(closing_headcount)::double as closing_headcount,
    (sum(participants)::double / nullif(sum(eligible), 0))::double as participation_rate,
    (sum(mean_deferral_rate::double * participants) / nullif(sum(participants), 0))::double as mean_deferral_rate,
    sum(net_employer_cost)::double / nullif(sum(payroll)::double, 0) as cost_share_of_payroll
from sound
group by all;

create table totals as
select alternative, seed, sum(net_employer_cost)::double as cost
from sound
group by all;

-- Of each measure in a year.
create view values_by_year as
unpivot futures
on columns(* exclude (alternative, seed, year))
into name measure value value;

-- With common seeds: most of what chance does to one alternative it does to the other too.
create view differences as
select one.alternative, base.alternative as base, one.cost - base.cost as value
from totals as one
inner join totals as base using (seed)
where one.alternative <> base.alternative;

create table plans as
with by_future as (
    select
        plan,
        alternative,
        seed,
        sum(net_employer_cost)::double as cost,
        min(opening_headcount) filter (simulation_year = (select min(year) from futures)) as people
    from sound
    group by all
),

means as (
    select plan, alternative, max(people) as people, avg(cost) as cost
    from by_future
    group by all
)

select plan, max(people) as people, map_from_entries(list((alternative, cost) order by alternative)) as costs
from means
group by plan
order by plan;

create view values_by_name as select (alternative, measure, year) as alternative, value from values_by_year;

create view totals_by_name as select alternative, cost as value from totals;

create view costs as select alternative, list(cost order by cost) from totals group by alternative;

-- What else a sweep says.
create view found as
select
    (select coalesce(list(distinct alternative order by alternative), []) from futures) as there,
    (select coalesce(list(distinct year order by year), []) from futures) as years,
    (
        select coalesce(list(distinct plan order by plan), [])
        from results
        anti join counted using (plan)
    ) as left_out,
    (
        select count(distinct (alternative, seed))
        from cells
        anti join whole using (alternative, seed)
    ) as incomplete;
