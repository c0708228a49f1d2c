{#- The census in the columns and types of methodology 0. `planalign` hands over a Parquet file that its intake
    has checked; by hand it may be a clean CSV file, in which optional columns can be missing. -#}
{% macro other_columns(columns) -%}
{#- What a census holds beyond the number of its file and these columns, as a map of text; null where that is nothing. -#}
nullif(
        map_from_entries(list_transform(
            list_filter(
                map_entries(to_json(struct_pack(*columns(
                    lambda name: name not in ({% for name, _ in columns %}'{{ name }}'{{ ", " if not loop.last }}{% endfor %})
                )))::map(varchar, varchar)),
                lambda one: one.key <> 'census'
            ),
            lambda one: {k: one.key, v: coalesce(one.value, 'not given')}
        )),
        map()
    )::map(varchar, varchar)
{%- endmacro %}

{% macro census_rows() -%}
{%- set columns = [
    ('employee_id', 'varchar'), ('birth_date', 'date'), ('hire_date', 'date'), ('annual_compensation', 'decimal(18,2)'),
    ('termination_date', 'date'), ('job_level', 'integer'), ('deferral_rate', 'decimal(6,4)'),
    ('enrollment_date', 'date'), ('eligibility_date', 'date'), ('scheduled_hours_per_week', 'decimal(5,2)'),
    ('prior_year_compensation', 'decimal(18,2)'), ('is_five_percent_owner', 'boolean'),
    ('auto_escalation_opt_out', 'boolean'), ('plan_eligible', 'boolean'),
    ('employer_account_balance', 'decimal(18,2)'), ('years_of_vesting_service', 'decimal(6,2)'),
    ('is_union_member', 'boolean'), ('roth_share', 'decimal(5,4)')] -%}
{#- A file of several censuses has the number of each row's in the column census. -#}
{%- set defaults = {
    'deferral_rate': '0', 'scheduled_hours_per_week': '40', 'is_five_percent_owner': 'false',
    'auto_escalation_opt_out': 'false', 'plan_eligible': 'true', 'employer_account_balance': '0',
    'is_union_member': 'false'} -%}
{%- set path = var('census_path') | replace("'", "''") -%}
select
    coalesce(census, 1)::integer as census,
    {%- for name, type in columns %}
    {% if name in defaults %}coalesce({{ name }}::{{ type }}, {{ defaults[name] }}){% else %}{{ name }}::{{ type }}{% endif %} as {{ name }},
    {%- endfor %}
    groups
from (select *, {{ other_columns(columns) }} as groups
from (
    select * from (select null::integer as census
        {%- if path.endswith('.csv') %}{% for name, _ in columns %}, null::varchar as {{ name }}{% endfor %}{% endif %}) where false
    union all by name
    select * from {% if path.endswith('.csv') %}read_csv('{{ path }}', header = true, all_varchar = true){% else %}read_parquet('{{ path }}'){% endif %}
) as people)
{%- endmacro %}

{% macro pay_before_census() -%}
{#- Pay of the year before the first one; where the census does not give it, the rate of pay for the days employed. -#}
coalesce(
        prior_year_compensation,
        {{ money_from_ratio(
            cents('annual_compensation') ~ " * (1 + datediff('day', greatest(hire_date, " ~ year_start(-1)
            ~ "), least(coalesce(termination_date, census_date), census_date)))",
            days_in_year(-1)
        ) }}
    )
{%- endmacro %}
