{{ config(materialized='table', tags=['heavy_transform']) }}

-- Who is in the top-paid group, for plans that elect it: as many as a fifth of those who worked at any time of the
-- look-back year, without those whom IRC 414(q)(5) leaves out of the count, chosen by pay from all of them.
with electing as (

    select cell, is_first_year
    from {{ ref('cells') }}
    where
        {{ this_year() }}
        and top_paid_group_election

),

workers as (

    select census.*
    from {{ ref('int_look_back_of_census') }} as census
    inner join electing on census.cell = electing.cell
    where electing.is_first_year

    union all by name

    select
        people.cell,
        people.employee_id,
        people.birth_date,
        people.hire_date,
        coalesce(people.termination_date, {{ year_end(-1) }}) as last_day,
        people.scheduled_hours_per_week,
        people.is_union_member,
        people.prorated_annual_compensation as pay
    from {{ source('state', 'fct_workforce_snapshot') }} as people
    inner join electing on people.cell = electing.cell
    where
        {{ this_year('people', offset=-1) }}
        and not electing.is_first_year

),

ranked as (

    select
        cell,
        employee_id,
        row_number() over (partition by cell order by pay desc, employee_id) as pay_rank,
        count(*) filter (
            not is_union_member
            and scheduled_hours_per_week >= 17.5
            and {{ completed_months('hire_date', '(last_day + 1)') }} >= 6
            and {{ completed_by_year_end('birth_date', year_end(-1)) }} >= 21
        ) over (partition by cell) as counted
    from workers

)

select cell, employee_id
from ranked
where pay_rank <= floor(counted * 0.2 + 0.5)
