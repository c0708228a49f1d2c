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

{% macro completed_by_year_end(from_date, year_end) -%}
{#- The same where the other date is a 31 December, which no anniversary of its year comes after. -#}
datediff('year', {{ from_date }}, {{ year_end }})::integer
{%- endmacro %}

{% macro service_by_year_end(hire_date, year_end) -%}
{#- `service_years` at a 31 December. -#}
{{ completed_by_year_end('(' ~ hire_date ~ " - (cells.service_completed = 'day_before')::integer)", year_end) }}
{%- endmacro %}

{% macro service_years(hire_date, on) -%}
{#- Years of service for the plan's money at the end of a day: by default one is complete the day before its anniversary. -#}
{{ completed_years(hire_date, '(' ~ on ~ " + (cells.service_completed = 'day_before')::integer)") }}
{%- endmacro %}

{% macro completed_when_last_here(from_date, left_on) -%}
{#- `completed_years` on somebody's last day of the year: most stay until its end, which is quicker to tell. -#}
case
            when {{ left_on }} is null then {{ completed_by_year_end(from_date, year_end()) }}
            else {{ completed_years(from_date, left_on) }}
        end
{%- endmacro %}

{% macro service_when_last_here(hire_date, left_on) -%}
{#- The same of `service_years`. -#}
case
            when {{ left_on }} is null then {{ service_by_year_end(hire_date, year_end()) }}
            else {{ service_years(hire_date, left_on) }}
        end
{%- endmacro %}

{% macro is_complete(from_date, span, on) -%}
{#- Whether so much time has passed: what `completed_months` and `completed_years` say, asked from the other side. The ends
    of months agree: no day lies between the date that a span leads back to and the last one it is complete for. -#}
{{ from_date }} <= {{ latest_start(span, on) }}
{%- endmacro %}

{% macro latest_start(span, on) -%}
{#- The last day from which so much time has passed on a day: worth a column where it is the same for many people. -#}
({{ on }} - {{ span }})::date
{%- endmacro %}

{% macro has_served(hire_date, years, on) -%}
{#- Whether so many years of service are complete at the end of a day. Most rules ask for none: no date is led back then. -#}
case
            when {{ years }} = 0 then {{ hire_date }} <= {{ on }}
            else {{ is_complete(hire_date, 'to_years(' ~ years ~ ')', '(' ~ on ~ " + (cells.service_completed = 'day_before')::integer)") }}
        end
{%- endmacro %}

{% macro completed_months(from_date, to_date) -%}
{#- Counted from boundaries: DuckDB prepares each year(), month() and day() of a statement for a quarter of a millisecond. -#}
(datediff('month', {{ from_date }}, {{ to_date }}) - (day({{ to_date }}) < day({{ from_date }}))::integer)::integer
{%- endmacro %}

{% macro anniversary(from_date, years) -%}
{#- The day on which `years` are completed; 29 February falls on 1 March of a common year. -#}
{{ after_months(from_date, '12 * ' ~ years) }}
{%- endmacro %}

{% macro after_months(from_date, months) -%}
{#- The day on which so many months are completed: the same day of the month, or the first of the next where it has none,
    which is where the way back leads elsewhere. Not by day(): DuckDB prepares each for a sixth of a millisecond. Most
    rules have no months, and to add none takes as long as to add some. -#}
{%- set by = 'to_months((' ~ months ~ ')::integer)' -%}
case
            when ({{ months }}) = 0 then {{ from_date }}
            else ({{ from_date }} + {{ by }})::date + (({{ from_date }} + {{ by }} - {{ by }})::date <> {{ from_date }})::integer
        end
{%- endmacro %}

{% macro months_between_entries(rule) -%}
{#- How many months lie between the entry dates of a rule, by its column of `cells`; 0 where every day is one. -#}
case cells.{{ rule }}_dates
            when 'immediate' then 0
            {%- for name, months in {'monthly': 1, 'quarterly': 3, 'semiannual': 6, 'annual': 12}.items() %}
            when '{{ name }}' then {{ months }}
            {%- endfor %}
            else error('unknown entry dates: ' || cells.{{ rule }}_dates)
        end
{%- endmacro %}

{% macro entry_by_rule(met_on, rule) -%}
{#- The first entry date of a rule on or after the day on which age and service are met (methodology 6). -#}
{%- set months = 'cells.' ~ rule ~ '_months' -%}
case
        when {{ months }} = 0 then {{ met_on }}
        else (date '1800-01-01' + to_months(
            ((datediff('month', date '1800-01-01', {{ met_on }} - 1) // {{ months }} + 1) * {{ months }})::integer
        ))::date
    end
{%- endmacro %}

{% macro met_by_rule(rule, people) -%}
{#- The day on which somebody meets age and service by the columns of `cells` that begin with `rule`; null for people who
    never work the hours of a year of service. Two years of 500 hours open the deferrals, `entry`, to everybody
    (IRC 401(k)(15)); no plan has a longer wait. -#}
{%- set birthday = anniversary(people ~ '.birth_date', 'cells.' ~ rule ~ '_minimum_age') -%}
{%- set hours = people ~ '.scheduled_hours_per_week * 52' -%}
case
        when {{ hours }} >= cells.{{ rule }}_service_hours then greatest(
            {{ birthday }},
            {%- if rule == 'entry' %}
            {{ people }}.hire_date + cells.entry_waiting_days,
            {%- endif %}
            {{ after_months(people ~ '.hire_date', 'cells.' ~ rule ~ '_service_years * 12 + cells.' ~ rule ~ '_service_months') }}
                + cells.{{ rule }}_service_days
        )
        {%- if rule == 'entry' %}
        when {{ hours }} >= 500 then greatest({{ birthday }}, {{ anniversary(people ~ '.hire_date', 2) }})
        {%- endif %}
    end
{%- endmacro %}

{% macro may_enter_on(rule, people) -%}
{#- The same; null for people of a group that the rule leaves out, too. -#}
case
        when case when cells.{{ rule }}_excluded is not null then list_has_any(map_entries({{ people }}.groups), cells.{{ rule }}_excluded) end
            then null
        else {{ met_by_rule(rule, people) }}
    end
{%- endmacro %}

{% macro is_outside(entry_date) -%}
{#- Whether the plan, or a source of its money, has not let somebody in before this year. -#}
coalesce({{ entry_date }} > {{ year_end(-1) }}, true)
{%- endmacro %}

{% macro excluded_groups(offset=0) -%}
{#- A row a cell with the groups that each entry rule of the year leaves out, as the entries of a map; null for none. -#}
(
        select
            cell,
            {%- for source, rule in (('plan', 'entry'), ('match', 'match_entry'), ('core', 'core_entry')) %}
            list({'key': group_name, 'value': unit} order by group_name, unit) filter (where source = '{{ source }}')
                as {{ rule }}_excluded{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ref('excluded_groups') }}
        where {{ this_year(offset=offset) }}
        group by cell
    )
{%- endmacro %}

{% macro columns_of_entry(cells) -%}
{#- What the entry for deferrals goes by. -#}
({% for name in ('minimum_age', 'waiting_days', 'service_days', 'service_months', 'service_years', 'service_hours', 'dates') -%}
{{ cells }}.entry_{{ name }}{{ '' if loop.last else ', ' }}
{%- endfor %})
{%- endmacro %}

{% macro later_of(date, other) -%}
{#- The later of two dates; null where either is. -#}
case when {{ date }} > {{ other }} then {{ date }} when {{ date }} <= {{ other }} then {{ other }} end
{%- endmacro %}

{% macro vesting_begins() -%}
{#- The day from which vesting service counts: the hire, or, where the census states other service, as many years and days
    before the day of the census, a 31 December. Service that says the same as the hire, in completed years or in years
    to two decimals, counts from the hire. -#}
{%- set stated = 'least(plan_state.vesting_service_at_census, 99)' -%}
{%- set begun -%}
((cells.census_date - to_years(floor({{ stated }})::integer))::date - round(({{ stated }} - floor({{ stated }})) * 365)::integer
    + (cells.service_completed = 'day_before')::integer)
{%- endset -%}
case
            when plan_state.vesting_service_at_census is null
                or plan_state.vesting_service_at_census = {{ service_by_year_end('people.hire_date', 'cells.census_date') }}
                or abs(datediff('day', people.hire_date, {{ begun }})) <= 5 then people.hire_date
            else {{ begun }}
        end
{%- endmacro %}
