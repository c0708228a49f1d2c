{{ config(materialized='ephemeral') }}

-- Pay periods tile the days employed; pay earned is at most the highest rate in force and equals the rate of a person
-- to whom nothing happened. Where periods follow on each other, the squares of their ends and beginnings cancel out but
-- for the first and the last: periods at other days show so, and a gap also where an overlap makes up for its days.
with periods as (

    select
        person_key,
        sum(days)::integer as days,
        min(days) as shortest,
        bool_or(days <> period_end - period_start + 1) as is_miscounted,
        sum({{ square_of_day('period_end + 1') }} - {{ square_of_day('period_start') }})::bigint as squares,
        min(compensation) as lowest_rate,
        max(compensation) as highest_rate
    from {{ ref('int_pay_periods') }}
    where {{ in_slice('person_key') }}
    group by person_key

),

snapshot as (

    select cell, person_key, employee_id, prorated_annual_compensation, full_year_equivalent_compensation, days_employed
    from {{ ref('fct_workforce_snapshot') }}
    where
        {{ this_year() }}
        and {{ in_slice('person_key') }}

),

compared as (

    select
        snapshot.*,
        periods.* exclude (person_key),
        people.first_day as employed_from,
        people.last_day as employed_to
    from snapshot
    inner join {{ ref('int_workforce_of_year') }} as people on snapshot.person_key = people.person_key
    left join periods on snapshot.person_key = periods.person_key

)

select
    cell,
    case
        when days is distinct from (employed_to - employed_from + 1) or days_employed <> days or shortest < 1 or is_miscounted
            or squares <> {{ square_of_day('employed_to + 1') }} - {{ square_of_day('employed_from') }} then 'periods_tile_the_days'
        when lowest_rate = highest_rate then 'unchanged_pay_is_the_rate'
        else 'pay_within_rates_in_force'
    end as rule,
    employee_id,
    concat(days, ' days in periods, ', days_employed, ' employed') as detail
from compared
where
    days is distinct from (employed_to - employed_from + 1)
    or days_employed <> days
    or shortest < 1
    or is_miscounted
    or squares <> {{ square_of_day('employed_to + 1') }} - {{ square_of_day('employed_from') }}
    or prorated_annual_compensation > highest_rate
    or (lowest_rate = highest_rate and days = {{ days_in_year() }} and prorated_annual_compensation <> highest_rate)
    or prorated_annual_compensation::double * {{ days_in_year() }} / days not between lowest_rate::double - {{ days_in_year() }} and highest_rate::double + {{ days_in_year() }}
