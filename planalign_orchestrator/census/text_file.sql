read_csv(
    {{ path }},
    columns = {
        {% for name in columns %}
        '{{ name }}': '{{ "BIGINT" if name == "row_number" else "VARCHAR" }}',
        {% endfor %}
    },
    header = false, auto_detect = false, hive_partitioning = false, quote = '"', escape = '"', max_line_size = {{ longest }},
    {% if delimiter is defined %}
    delim = {{ delimiter }}, skip = {{ above }}, buffer_size = {{ 256 * longest }}
    {% else %}
    delim = ',', new_line = '\n', buffer_size = {{ 2 * longest }}
    {% endif %}
)
