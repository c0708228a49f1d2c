{# Each person's employer money over the years, with the groups of the person's first year. -#}
{% macro money_of(side) -%}
    select
        employee_id,
        sum(total_employer_contributions - forfeiture_amount) as money,
        'everybody' as group_everybody,
        0 as order_everybody,
        arg_min(age_band, simulation_year)::varchar as group_age,
        arg_min(age, simulation_year) as order_age,
        arg_min(tenure_band, simulation_year)::varchar as group_service,
        arg_min(tenure_years, simulation_year) as order_service,
        arg_min(income.income_segment, simulation_year)::varchar as group_pay,
        arg_min(income.min_pay, simulation_year) as order_pay,
        arg_min(levels.level_name, simulation_year)::varchar as group_level,
        arg_min(snapshot.level_id, simulation_year) as order_level
    from {{ side }}.fct_workforce_snapshot as snapshot
    inner join {{ side }}.levels as levels on snapshot.level_id = levels.level_id
    inner join {{ side }}.participation_by_income as income
        on snapshot.opening_compensation >= income.min_pay and snapshot.opening_compensation < income.max_pay
    where simulation_year between {{ first }} and {{ last }}
    group by employee_id
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
