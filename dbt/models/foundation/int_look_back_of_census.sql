{{ config(materialized='table', tags=['heavy_transform'], first_year_only=true) }}

-- Everybody of the census who worked in the year before the first one, people who have left since included: the
-- look-back year of the first plan year (IRC 414(q)(1)(B)).
select
    cells.cell,
    census.employee_id,
    census.birth_date,
    census.hire_date,
    least(coalesce(census.termination_date, cells.census_date), cells.census_date) as last_day,
    census.scheduled_hours_per_week,
    census.is_union_member,
    {{ pay_before_census() }} as pay
from {{ ref('stg_census') }} as census
inner join {{ ref('cells') }} as cells on census.census = cells.census and {{ this_year('cells') }}
where census.termination_date is null or census.termination_date >= {{ year_start(-1) }}
