-- The cells of `raw` as values: nested selects, so that what a step works out once is not worked out again wherever it is
-- used. The innermost makes text uniform and sees whether the cell held a value (…_given) or what stands where a
-- spreadsheet could not show one (…_error); around them each derivation works on what the ones before it left.

{% macro taken(place) %}
{% for name, step in steps.items() %}
{{ step[place] }} as {{ name }}, {{ name }}_given,
{% if name in unreadable %}
{{ name }}_error,
{% endif %}
{% endfor %}
{% endmacro %}
create table typed as
{% for rule in derived | reverse %}
select * replace (
    {% if rule.value == "NULL" %}
    -- The cell counts as one that holds nothing.
    {{ rule.target }}_given and not derived_{{ loop.revindex0 }} as {{ rule.target }}_given,
    {% endif %}
    try_cast(case when derived_{{ loop.revindex0 }} then {{ rule.value }} else {{ rule.target }} end as {{ known[rule.target].checked_type }})
        as {{ rule.target }}
)
from (select *, coalesce({{ rule.where }}, false) as derived_{{ loop.revindex0 }} from (
{% endfor %}
select *
{% if summed %}
    replace (
        {% for name in summed %}
        try_cast(sum({{ name }}) over person as {{ known[name].checked_type }}) as {{ name }},
        {% endfor %}
    )
{% endif %}
from (
    select
        {{ taken(2) }}
        {% for name, rate in rates.items() %}
        {{ "not %s_marked and %s = 1" % (name, name) if rate.style == "unknown" else "false" }} as {{ name }}_unclear,
        not {{ name }}_marked and {{ rate.is_odd(name) }} as {{ name }}_odd,
        {% endfor %}
        {% for name, value in absent.items() %}
        {{ value }} as {{ name }},
        {% endfor %}
        row_number
    from (
        select
            {{ taken(1) }}
            {% for name in rates %}
            {{ name }}_marked,
            {% endfor %}
            row_number
        from (
            select
                {% for name, step in steps.items() %}
                {{ step[0] }} as {{ name }},
                {% if name in unreadable %}
                {{ name }} is not null and not coalesce(is_unreadable({{ name }}), false) as {{ name }}_given,
                coalesce(is_unreadable({{ name }}), false) as {{ name }}_error,
                {% else %}
                {{ name }} is not null as {{ name }}_given,
                {% endif %}
                {% endfor %}
                {% for name in rates %}
                is_marked({{ name }}) as {{ name }}_marked,
                {% endfor %}
                row_number
            from raw
            where damage is null
        )
    )
)
{% if one_row_a_person %}
window person as (partition by coalesce(employee_id, row_number::varchar))
qualify row_number() over (
    person order by {% for name in latest %}{{ name }} desc nulls last, {% endfor %}row_number desc
) = 1
{% endif %}
{% for rule in derived %}
))
{% endfor %}
