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

{% macro vesting_begins() -%}
{#- The day from which vesting service counts: the hire, or, where the census states other service, as many years and days
    before the day of the census. Service that says the same as the hire, in completed years or in years to two decimals,
    counts from the hire. -#}
{%- set stated = 'least(plan_state.vesting_service_at_census, 99)' -%}
{%- set begun -%}
(make_date(year(cells.census_date) - floor({{ stated }})::integer, 12, 31) - round(({{ stated }} - floor({{ stated }})) * 365)::integer)
{%- endset -%}
case
            when plan_state.vesting_service_at_census is null
                or plan_state.vesting_service_at_census = {{ completed_years('people.hire_date', 'cells.census_date') }}
                or abs(datediff('day', people.hire_date, {{ begun }})) <= 5 then people.hire_date
            else {{ begun }}
        end
{%- endmacro %}
