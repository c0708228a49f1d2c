{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

{%- set laws = {
    2: 'law_02_identity', 3: 'law_03_replay', 4: 'law_04_event_chain', 5: 'law_05_event_dates', 6: 'law_06_pay_earned',
    7: 'law_07_deferrals', 8: 'law_08_employer_money', 9: 'law_09_participation', 10: 'law_10_forfeitures'} %}

-- Who breaks a law that is about single people; a good year leaves this table empty.
{%- for law, model in laws.items() %}
select {{ law }} as law, rule, employee_id, detail
from {{ ref(model) }}
{{ "union all" if not loop.last }}
{%- endfor %}
