{{ config(materialized='table', first_year_only=true, tags=['heavy_transform']) }}

-- The people of the census who are employed on the as-of date, as the census states them.
with employed as (

    select
        cells.cell,
        cells.census_date,
        census.*
    from {{ ref('stg_census') }} as census
    inner join {{ ref('cells') }} as cells on census.census = cells.census and {{ this_year('cells') }}
    where census.termination_date is null or census.termination_date > cells.census_date

),

level_bands as (

    select level_id, min_pay
    from {{ ref('levels') }}

),

with_level as (

    -- A level that the census does not give is the one whose pay band is nearest: bands have no gaps, and pay below
    -- the first or above the last belongs to that band.
    select
        employed.*,
        coalesce(employed.job_level, level_bands.level_id, (select min(level_id) from level_bands)) as level_id
    from employed
    asof left join level_bands on employed.annual_compensation >= level_bands.min_pay

)

select
    cell,
    row_number() over (order by cell, employee_id)::integer as person_key,
    employee_id,
    birth_date,
    hire_date,
    termination_date as known_termination_date,
    least(level_id, (select max(level_id) from level_bands))::integer as level_id,
    annual_compensation as current_compensation,
    {{ pay_before_census() }} as prior_year_compensation,
    scheduled_hours_per_week,
    is_five_percent_owner,
    is_union_member,
    least(deferral_rate, 1)::decimal(6, 4) as deferral_rate,
    enrollment_date,
    eligibility_date,
    auto_escalation_opt_out,
    plan_eligible,
    roth_share as own_roth_share,
    years_of_vesting_service as vesting_service_at_census,
    employer_account_balance as employer_match_balance,
    0::decimal(18, 2) as employer_core_balance,
    groups
from with_level
order by person_key
