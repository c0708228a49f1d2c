{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['scenario_id', 'plan_design_id', 'simulation_year']
) }}

-- One row a law, with the first offenders by name.
with violations as (

    select 1 as law, rule, employee_id, detail
    from {{ ref('law_01_headcount') }}

    union all

    select law, rule, employee_id, detail
    from {{ ref('int_law_violations') }}

),

laws as (

    select unnest([{{ laws().keys() | join(', ') }}]) as law, unnest(['{{ laws().values() | join("', '") }}']) as law_name

),

counted as (

    select
        law,
        count(*) as violations,
        string_agg(concat(rule, ' ', employee_id, ': ', detail), '; ' order by rule, employee_id, detail) filter (where position <= 5) as examples
    from (
        select *, row_number() over (partition by law order by rule, employee_id, detail) as position
        from violations
    )
    group by law

)

select
    '{{ var("scenario_id") }}' as scenario_id,
    '{{ var("plan_design_id") }}' as plan_design_id,
    {{ var('simulation_year') }} as simulation_year,
    laws.law,
    laws.law_name,
    coalesce(counted.violations, 0) as violations,
    counted.examples
from laws
left join counted on laws.law = counted.law
