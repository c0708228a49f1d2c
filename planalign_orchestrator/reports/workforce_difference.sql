{# Each person's workforce events as one value that does not depend on their order. -#}
{% macro stories(side) -%}
    select snapshot.employee_id, bit_xor(hash(
        events.simulation_year, events.event_type::varchar, events.effective_date, events.compensation_after,
        events.level_after, events.reason::varchar)) as story
    from (
        select distinct employee_id from {{ side }}.fct_workforce_snapshot
        where simulation_year between {{ first }} and {{ last }}
    ) as snapshot
    left join (
        select * from {{ side }}.fct_yearly_events
        where simulation_year between {{ first }} and {{ last }} and event_type::varchar not in {{ of_the_plan }}
    ) as events using (employee_id)
    group by snapshot.employee_id
{%- endmacro %}
with base_people as (
    {{ stories("base") }}
),
other_people as (
    {{ stories("other") }}
)
select
    count(*) filter (where base_people.story is distinct from other_people.story) as people,
    count(*) as of_people
from base_people full join other_people using (employee_id)
