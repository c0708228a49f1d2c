{# Each person's workforce events as one value that does not depend on their order. -#}
{% macro stories(side) -%}
    select employee_id, bit_xor(hash(
        simulation_year, event_type::varchar, effective_date, compensation_after, level_after, reason::varchar)) as story
    from {{ side }}.fct_yearly_events
    where simulation_year between {{ first }} and {{ last }} and event_type::varchar not in {{ of_the_plan }}
    group by employee_id
{%- endmacro %}
with base_people as (
    {{ stories("base") }}
),
other_people as (
    {{ stories("other") }}
)
select count(*) filter (where base_people.story is distinct from other_people.story) as people
from base_people full join other_people using (employee_id)
