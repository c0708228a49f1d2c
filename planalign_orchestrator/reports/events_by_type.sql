-- Of one year: to tell the people of all years apart takes five times the memory.
select simulation_year, event_type, event_category, count(*) as events, count(distinct person_key) as people,
    sum(amount) as amount
from fct_yearly_events
where simulation_year = ?
group by simulation_year, event_type, event_category
order by event_type, event_category
