{{ config(
    materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year'
) }}

-- Who breaks a law that is about single people; a good year leaves this table empty. Others are about their number.
{%- for law, model in laws().items() if law not in laws_about_everybody() %}
select cell, {{ law }} as law, rule, employee_id, detail
from {{ ref(model) }}
{{ "union all" if not loop.last }}
{%- endfor %}
