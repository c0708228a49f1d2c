{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['cell', 'scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- One row a cell and law, with the first offenders by name.
with violations as (

    {%- for law in laws_about_everybody() %}
    select cell, {{ law }} as law, rule, employee_id, detail
    from {{ ref(laws()[law]) }}

    union all
    {%- endfor %}

    select cell, law, rule, employee_id, detail
    from {{ ref('int_law_violations') }}

),

laws as (

    select unnest([{{ laws().keys() | join(', ') }}]) as law, unnest(['{{ laws().values() | join("', '") }}']) as law_name

),

counted as (

    select
        cell,
        law,
        count(*) as violations,
        string_agg(concat(rule, ' ', employee_id, ': ', detail), '; ' order by rule, employee_id, detail) filter (where position <= 5) as examples
    from (
        select *, row_number() over (partition by cell, law order by rule, employee_id, detail) as position
        from violations
    )
    group by cell, law

)

select
    cells.cell,
    cells.scenario_id,
    cells.plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    laws.law,
    laws.law_name,
    coalesce(counted.violations, 0) as violations,
    counted.examples
from {{ ref('cells') }} as cells
cross join laws
left join counted on cells.cell = counted.cell and laws.law = counted.law
where {{ this_year('cells') }}
