{# Each person's employer money over the years, with the groups of the person's first year. -#}
{% macro money_of(side) -%}
    select
        employee_id,
        people.money,
        'everybody' as group_everybody,
        0 as order_everybody,
        entry.age_band::varchar as group_age,
        entry.age as order_age,
        entry.tenure_band::varchar as group_service,
        entry.tenure_years as order_service,
        income.income_segment::varchar as group_pay,
        income.min_pay as order_pay,
        levels.level_name::varchar as group_level,
        levels.level_id as order_level
    from {{ side }}.fct_workforce_snapshot as entry
    inner join (
        select
            employee_id,
            min(simulation_year) as simulation_year,
            sum(total_employer_contributions - forfeiture_amount) as money
        from {{ side }}.fct_workforce_snapshot
        where simulation_year between {{ first }} and {{ last }}
        group by employee_id
    ) as people using (employee_id, simulation_year)
    inner join {{ side }}.levels as levels on entry.level_id = levels.level_id
    inner join {{ side }}.participation_by_income as income
        on entry.opening_compensation >= income.min_pay and entry.opening_compensation < income.max_pay
{%- endmacro %}
with base_people as (
    {{ money_of("base") }}
),
other_people as (
    {{ money_of("other") }}
),
people as (
    select
        {% for kind in kinds %}
        coalesce(base_people.group_{{ kind }}, other_people.group_{{ kind }}) as group_{{ kind }},
        coalesce(base_people.order_{{ kind }}, other_people.order_{{ kind }}) as order_{{ kind }},
        {% endfor %}
        base_people.money is not null and other_people.money is not null as is_in_both,
        coalesce(other_people.money, 0) - coalesce(base_people.money, 0) as change
    from base_people full join other_people using (employee_id)
),
grouped as (
    {% for kind in kinds %}
    select
        {{ loop.index }} as place,
        min(order_{{ kind }}) as group_order,
        '{{ kind }}' as group_type,
        group_{{ kind }} as group_name,
        count(*) as people,
        count(*) filter (where is_in_both and change > 0) as winners,
        count(*) filter (where is_in_both and change < 0) as losers,
        count(*) filter (where not is_in_both) as in_one_run,
        sum(change)::decimal(18, 2) as change,
        coalesce(sum(change) filter (where is_in_both), 0)::decimal(18, 2) as change_in_both
    from people group by group_{{ kind }}
    {{ "union all by name" if not loop.last }}
    {% endfor %}
)
select * exclude (place, group_order) from grouped order by place, group_order, group_name
