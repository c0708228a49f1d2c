-- Of how many dates of what happened each year is: of pay days, hires, exits, and of exits of people who may have left.

select what, year(day), count(*)
from (
    {% for name, reading in readings.items() %}
    select
        {% if name in exits %}
        case when has_left then 'left' when has_left is null then 'may have left' end as what,
        {% else %}
        '{{ "paid" if name == paid else "hired" }}' as what,
        {% endif %}
        of_a_life({{ reading.parsed }}) as day
    from (select without_time({{ name }}) as {{ name }}, {{ has_left }} as has_left from raw)
    {{ "union all" if not loop.last }}
    {% endfor %}
)
where day is not null and what is not null
group by all
