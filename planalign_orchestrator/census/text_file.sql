read_csv(
    {{ path }},
    columns = {
        {% for name in columns %}
        '{{ name }}': '{{ "BIGINT" if name == "row_number" else "VARCHAR" }}',
        {% endfor %}
    },
    header = false, auto_detect = false, quote = '"', escape = '"', {{ options }}
)
