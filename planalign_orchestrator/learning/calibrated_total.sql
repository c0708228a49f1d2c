-- What a target comes to in each future.

select avg(value)
from (
    select cell, simulation_year, {{ rule.value }}::double as value
    from {{ rule.table }}
    {% if year %}
    where simulation_year = {{ year }}
    {% endif %}
    group by all
)
group by cell
order by cell
