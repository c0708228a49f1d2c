{#- The plan year and the arithmetic of ages, service and entry dates. -#}

{% macro year_start(offset=0) -%}
date '{{ "%04d"|format(var('simulation_year')|int + offset) }}-01-01'
{%- endmacro %}

{% macro year_end(offset=0) -%}
date '{{ "%04d"|format(var('simulation_year')|int + offset) }}-12-31'
{%- endmacro %}

{% macro days_in_year(offset=0) -%}
{%- set y = var('simulation_year')|int + offset -%}
{{ 366 if (y % 4 == 0 and y % 100 != 0) or y % 400 == 0 else 365 }}
{%- endmacro %}

{% macro completed_years(from_date, to_date) -%}
{#- Anniversaries passed, both sides dates. Someone born on 29 February is a year older on 1 March of a common year. The
    thousand years that come and go let the division round down before the start too. -#}
(({{ completed_months(from_date, to_date) }} + 12000) // 12 - 1000)
{%- endmacro %}

{% macro completed_months(from_date, to_date) -%}
{#- Counted from boundaries: DuckDB prepares each year(), month() and day() of a statement for a quarter of a millisecond. -#}
(datediff('month', {{ from_date }}, {{ to_date }}) - (day({{ to_date }}) < day({{ from_date }}))::integer)::integer
{%- endmacro %}

{% macro anniversary(from_date, years) -%}
{#- The day on which `years` are completed; 29 February falls on 1 March of a common year. -#}
(({{ from_date }} + to_years({{ years }}))::date
    + (day({{ from_date }}) <> day(({{ from_date }} + to_years({{ years }}))::date))::integer)
{%- endmacro %}

{% macro entry_date(met_on, entry_dates) -%}
{#- The plan's first entry date on or after the day on which age and service are met. -#}
case {{ entry_dates }}
        when 'immediate' then {{ met_on }}
        {%- for name, months in {'monthly': 1, 'quarterly': 3, 'semiannual': 6, 'annual': 12}.items() %}
        when '{{ name }}' then {{ start_of_next_months(met_on, months) }}
        {%- endfor %}
        else error('unknown entry dates: ' || {{ entry_dates }})
    end
{%- endmacro %}

{% macro start_of_next_months(day, months) -%}
{#- The first day on or after `day` on which a period of so many months of the calendar begins. -#}
(time_bucket(interval '{{ months }} months', {{ day }} - 1, date '2000-01-01') + interval '{{ months }} months')::date
{%- endmacro %}

{% macro plan_entry(birth_date, hire_date) -%}
{#- Plan eligibility (methodology 6): the first entry date on or after minimum age and waiting period. -#}
{%- set met_on -%}
greatest({{ anniversary(birth_date, 'cells.entry_minimum_age') }}, {{ hire_date }} + cells.entry_waiting_days)
{%- endset -%}
{{ entry_date(met_on, 'cells.entry_dates') }}
{%- endmacro %}
