{{ config(materialized='table', tags=['heavy_transform']) }}

-- The yearly raise of each person who has one: when, and how much merit and cost of living.
with recipients as (

    select
        planned.cell,
        planned.person_key,
        planned.raise_date,
        planned.cola_rate,
        planned.opening_compensation,
        cells.merit_budget,
        -- Merit goes by the level in force on the raise date; a promotion of that day comes first.
        case when promotions.effective_date <= planned.raise_date then promotions.level_after else planned.level_id end as level_id
    from {{ ref('int_employee_compensation_by_year') }} as planned
    inner join {{ ref('cells') }} as cells on planned.cell = cells.cell and {{ this_year('cells') }}
    inner join {{ ref('int_workforce_of_year') }} as people on planned.person_key = people.person_key
    left join {{ ref('int_promotion_events') }} as promotions on planned.person_key = promotions.person_key
    where
        people.last_day >= planned.raise_date
        and {{ is_complete('people.hire_date', 'to_months(cells.raise_minimum_service_months)', 'planned.raise_date') }}

),

with_merit as (

    select recipients.*, levels.merit_rate
    from recipients
    inner join {{ ref('levels') }} as levels on recipients.level_id = levels.level_id

),

-- What a budget makes of the merit rates, so that their pay-weighted mean is the budget.
scales as (

    select
        cell,
        any_value(merit_budget) * sum(opening_compensation)::double
        / nullif(sum(opening_compensation * merit_rate)::double, 0) as factor
    from with_merit
    where merit_budget is not null
    group by cell

)

select
    with_merit.person_key,
    with_merit.raise_date as effective_date,
    case
        when with_merit.merit_budget is null then with_merit.merit_rate
        else with_merit.merit_rate::double * coalesce(scales.factor, 0)
    end::decimal(9, 6) as merit_rate,
    with_merit.cola_rate
from with_merit
left join scales on with_merit.cell = scales.cell
