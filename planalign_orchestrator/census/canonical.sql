-- The canonical file: the columns of all censuses, and the groups of this one. Who is only known to have left is given the
-- as-of date.

copy (
    select
        {% for column in columns %}
        {% if column.name == "termination_date" %}
        coalesce(termination_date, case when employment_status then date '{{ as_of }}' end) as termination_date,
        {% elif column.default is none %}
        {{ column.name }}::{{ column.sql_type }} as {{ column.name }},
        {% else %}
        coalesce({{ column.name }}::{{ column.sql_type }}, {{ column.default }})::{{ column.sql_type }} as {{ column.name }},
        {% endif %}
        {% endfor %}
        {% for name in groups %}
        {{ name }},
        {% endfor %}
    from typed
    order by employee_id
) to {{ path }} (format parquet, compression zstd, row_group_size {{ row_group }})
