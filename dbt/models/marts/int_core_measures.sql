{{ config(materialized='table', tags=['heavy_transform'], sliced_over='int_workforce_of_year') }}

-- Who shares in the core contribution, with the pay that counts and the rate that it goes by.
with contributions as (

    select person_key, core_compensation, hours_worked
    from {{ ref('fct_employee_contributions') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

measured as (

    select
        people.cell,
        people.person_key,
        {{ cents('contributions.core_compensation') }} as plan_cents,
        case cells.core_type
            when 'none' then 0
            when 'flat' then 0
            when 'graded_by_service' then people.service_years
            when 'age_bands' then people.age
            when 'points' then people.age
                + people.service_years
            when 'profit_sharing'
                then case when cells.core_classes_by = 'age' then people.age else 0 end
            else error('unknown type of core contribution: ' || cells.core_type)
        end as measure,
        {{ class_of('people.groups', is_highly_compensated()) }} as class,
        {{ word('ineligible_reason', ineligible_reason('core')) }} as ineligible_reason
    from {{ ref('int_workforce_of_year') }} as people
    inner join {{ ref('int_plan_state_of_year') }} as plan_state on people.person_key = plan_state.person_key
    inner join contributions on people.person_key = contributions.person_key
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_plan_year_limits') }} as limits on people.cell = limits.cell
    left join {{ ref('int_top_paid_group') }} as top_paid
        on people.cell = top_paid.cell and people.employee_id = top_paid.employee_id
    where
        {{ in_slice('people.person_key') }}
        and {{ in_slice('plan_state.person_key') }}

),

rates as (

    select cell, minimum, below, class, {{ basis_points('core_rate') }} as rate_points
    from {{ ref('core_rates') }}
    where {{ this_year() }}

)

select
    measured.* exclude (measure, class),
    coalesce(rates.rate_points, 0) as rate_points
from measured
left join rates
    on measured.cell = rates.cell
        and measured.measure >= rates.minimum
        and measured.measure < rates.below
        and measured.class is not distinct from rates.class
