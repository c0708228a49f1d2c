-- The rows of a text file. Of those that may be about nobody, as a person has a date and most cells filled and no headings,
-- all cells are kept.

create table raw as
select
    row_number,
    null::varchar as damage,
    {% for name, i in loaded.items() %}
    c{{ i }} as {{ name }},
    {% endfor %}
    case
        when
            ({% for column in columns %}({{ column }} is not null)::int + {% endfor %}0) * 2 <= {{ columns | length + 1 }}
            {% if dates %}
            or coalesce({% for i in dates %}c{{ i }}, {% endfor %}null) is null
            {% endif %}
            or c{{ known }} = {{ heading }}
            then [{{ columns | join(", ") }}]
    end as _cells
from (
    select {{ above }} + row_number() over () as row_number, *
    from {% include "text_file.sql" %}
)
