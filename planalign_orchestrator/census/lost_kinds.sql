-- The values of which nobody is left when broken rows go.

{% for name in names %}
{{ "union all" if not loop.first }}
select {{ loop.index }} as place, '{{ name }} ' || {{ name }}::varchar as kind from typed where {{ name }} is not null
group by {{ name }} having bool_and({{ broken }})
{% endfor %}
order by place, kind
