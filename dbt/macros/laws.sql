{#- The laws (methodology, The laws) that hold for a single year: number and model. -#}
{% macro laws() -%}
{{ return({
    1: 'law_01_headcount', 2: 'law_02_identity', 3: 'law_03_replay', 4: 'law_04_event_chain', 5: 'law_05_event_dates',
    6: 'law_06_pay_earned', 7: 'law_07_deferrals', 8: 'law_08_employer_money', 9: 'law_09_participation',
    10: 'law_10_forfeitures', 11: 'law_11_testing'}) }}
{%- endmacro %}

{% macro laws_about_everybody() -%}
{#- Those that are not about single people, and cannot be looked at in slices of them. -#}
{{ return([1, 11]) }}
{%- endmacro %}

{% macro square_of_day(day) -%}
{#- The square of a day's number in the year; where periods follow on each other these cancel out. -#}
(({{ day }} - {{ year_start() }}) * ({{ day }} - {{ year_start() }}))
{%- endmacro %}
