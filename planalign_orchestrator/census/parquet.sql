-- The rows of a Parquet file as text, each behind its number.

copy (
    select
        file_row_number + 1,
        {% for type in types %}
        {% set text = "c%s::varchar" % loop.index0 %}
        {% if type in ("DOUBLE", "FLOAT") %}
        -- A whole number is an id as well as an amount.
        case when is_either_way({{ text }}) then {{ text }} || '0' else regexp_replace({{ text }}, '\.0$', '') end,
        {% elif type.startswith("DECIMAL") %}
        {{ text }}{{ " || '0'" if type.endswith(",3)") }},
        {% else %}
        {{ "trim(%s, %s)" % (text, spaces) if type == "VARCHAR" else text }},
        {% endif %}
        {% endfor %}
    from {{ rows }}
) to {{ path }} (format csv, header false)
