{# Each person's employer money over the years, where the person stood in the first of them, and the person's workforce
   events as one value that does not depend on their order. Names come in at the end: what is joined by person is
   narrow. -#}
{% macro people_of(side) -%}
    select
        entry.employee_id, money, story, age_band, age, tenure_band, tenure_years, opening_compensation, level_id
    from {{ side }}.fct_workforce_snapshot as entry
    inner join (
        select
            person_key,
            min(simulation_year) as simulation_year,
            sum(total_employer_contributions - forfeiture_amount)::decimal(18, 2) as money
        from {{ side }}.fct_workforce_snapshot
        where simulation_year between {{ first }} and {{ last }}
        group by person_key
    ) as people using (person_key, simulation_year)
    left join (
        select person_key, bit_xor(hash(
            simulation_year, event_type::varchar, effective_date, compensation_after, level_after, reason::varchar
        )) as story
        from {{ side }}.int_events
        where simulation_year between {{ first }} and {{ last }} and event_type::varchar not in {{ of_the_plan }}
        group by person_key
    ) as stories using (person_key)
{%- endmacro %}
{% macro names_of(side) -%}
    left join {{ side }}.levels as {{ side }}_level on {{ side }}_people.level_id = {{ side }}_level.level_id
    left join {{ side }}.participation_by_income as {{ side }}_income
        on {{ side }}_people.opening_compensation >= {{ side }}_income.min_pay
        and {{ side }}_people.opening_compensation < {{ side }}_income.max_pay
{%- endmacro %}
{% macro of_the_kind(text) -%}
    case {% for kind in kinds %}when grouping(group_{{ kind }}) = 0 then {{ text % kind }} {% endfor %}end
{%- endmacro %}
with base_people as (
    {{ people_of("base") }}
),
other_people as (
    {{ people_of("other") }}
),
people as (
    select
        'everybody' as group_everybody,
        0 as order_everybody,
        {% for kind, of, name, place in [
            ("age", "people", "age_band", "age"), ("service", "people", "tenure_band", "tenure_years"),
            ("pay", "income", "income_segment", "min_pay"), ("level", "level", "level_name", "level_id"),
        ] %}
        coalesce(base_{{ of }}.{{ name }}::varchar, other_{{ of }}.{{ name }}::varchar) as group_{{ kind }},
        coalesce(base_{{ of }}.{{ place }}, other_{{ of }}.{{ place }}) as order_{{ kind }},
        {% endfor %}
        base_people.money is not null and other_people.money is not null as is_in_both,
        base_people.story is distinct from other_people.story as is_other_workforce,
        coalesce(other_people.money, 0) - coalesce(base_people.money, 0) as change
    from base_people full join other_people using (employee_id)
    {{ names_of("base") }}
    {{ names_of("other") }}
)
select
    {{ of_the_kind("'%s'") }} as group_type,
    {{ of_the_kind("group_%s") }} as group_name,
    count(*) as people,
    count(*) filter (where is_in_both) as in_both,
    count(*) filter (where not is_in_both) as in_one_run,
    count(*) filter (where is_in_both and change > 0) as winners,
    count(*) filter (where is_in_both and change < 0) as losers,
    count(*) filter (where is_in_both and change = 0) as unchanged,
    count(*) filter (where is_other_workforce) as other_workforce,
    sum(change)::decimal(18, 2) as change,
    coalesce(sum(change) filter (where is_in_both), 0)::decimal(18, 2) as change_in_both
from people
group by grouping sets ({% for kind in kinds %}(group_{{ kind }}){{ ", " if not loop.last }}{% endfor %})
order by list_position({{ kinds }}, group_type), {{ of_the_kind("min(order_%s)") }}, group_name
