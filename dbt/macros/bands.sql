{#- Bands are [min, max) and tile the axis, so each completed year belongs to one: joining on the year itself is exact
    and costs one hash lookup, where a join on the bounds would compare every person with every band. -#}

{% macro factors_by_year(seed, label, minimum, maximum) %}
    select *, unnest(range({{ minimum }}, least({{ maximum }}, 201))) as completed_years
    from {{ ref(seed) }}
{% endmacro %}

{% macro vested_by_year() %}
    select
        steps.schedule,
        years.completed_years,
        arg_max(steps.vested_percentage, steps.years_of_service) as vested_percentage
    from (select unnest(range(0, 100)) as completed_years) as years
    inner join {{ ref('vesting_schedules') }} as steps on steps.years_of_service <= years.completed_years
    group by steps.schedule, years.completed_years
{% endmacro %}
