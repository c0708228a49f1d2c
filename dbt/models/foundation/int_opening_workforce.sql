{{ config(materialized='table', tags=['heavy_transform'], sliced_over='previous_state') }}

-- Who is employed when the year opens: the census in the first year, later those active at the end of the year before.
with cells as (

    select cell, is_first_year, random_seed, steered_by, promotion_base_rate * promotion_rate_multiplier as promotion_rate
    from {{ ref('cells') }}
    where {{ this_year() }}

),

-- Who has given notice leaves on that day, this year or a later one.
known_leavers as (

    select person_key, known_termination_date
    from {{ ref('int_baseline_workforce') }}
    where known_termination_date is not null

),

carried as (

    select
        people.cell,
        people.person_key,
        people.employee_id,
        people.birth_date,
        people.hire_date,
        people.level_id,
        people.current_compensation as opening_compensation,
        people.prior_year_compensation,
        people.scheduled_hours_per_week,
        people.is_five_percent_owner,
        people.is_union_member,
        people.known_termination_date,
        people.groups
    from {{ ref('int_baseline_workforce') }} as people
    inner join cells on people.cell = cells.cell
    where
        cells.is_first_year
        and {{ in_slice('people.person_key') }}

    union all

    select
        people.cell,
        people.person_key,
        people.employee_id,
        people.birth_date,
        people.hire_date,
        people.level_id,
        people.current_compensation,
        people.prorated_annual_compensation,
        people.scheduled_hours_per_week,
        people.is_five_percent_owner,
        people.is_union_member,
        known_leavers.known_termination_date,
        people.groups
    from {{ source('state', 'fct_workforce_snapshot') }} as people
    inner join cells on people.cell = cells.cell
    left join known_leavers on people.person_key = known_leavers.person_key
    where
        {{ this_year('people', offset=-1) }}
        and people.employment_status = 'active'
        and {{ in_slice('people.person_key') }}

),

-- Ages and tenures are those of the eve of the year, in completed years.
aged as (

    select
        *,
        {{ completed_by_year_end('birth_date', year_end(-1)) }} as opening_age,
        {{ completed_by_year_end('hire_date', year_end(-1)) }} as opening_tenure
    from carried

),

age_factors as ({{ factors_by_year('age_bands', 'age_band', 'min_age', 'max_age') }}),

tenure_factors as ({{ factors_by_year('tenure_bands', 'tenure_band', 'min_years', 'max_years') }}),

-- A rate holds from its age and service on until the table has another one.
retirement_ages as (

    select
        retirement.years_of_service,
        -ln(1 - retirement.rate) as force,
        lead(years_of_service, 1, 201) over (partition by retirement.age order by years_of_service) as next_years,
        unnest(range(retirement.age, ages.next_age)) as completed_years
    from {{ ref('retirement_rates') }} as retirement
    inner join (
        select age, lead(age, 1, 201) over (order by age) as next_age
        from (select distinct age from {{ ref('retirement_rates') }})
    ) as ages on retirement.age = ages.age

),

steered as (

    select cell, unit
    from {{ ref('steered_rates') }}
    where {{ this_year() }}

),

levels as (

    select level_id, exit_multiplier, promotion_multiplier, level_id = max(level_id) over () as is_top_level
    from {{ ref('levels') }}

)

select
    aged.*,
    coalesce(steered.unit, '') as unit,
    cells.random_seed,
    -- By what force people leave (methodology 3): turnover by weight, retirement, and that of hires until they have been
    -- here a year. Who has given notice leaves on no other day.
    case when aged.known_termination_date is null
        then age_factors.exit_multiplier * tenure_factors.exit_multiplier * levels.exit_multiplier
        else 0
    end as turnover_weight,
    case when aged.known_termination_date is null then coalesce(retirement_ages.force, 0) else 0 end as retirement_force,
    case when aged.known_termination_date is null and aged.hire_date >= {{ year_start(-1) }}
        then age_factors.exit_multiplier * levels.exit_multiplier
    end as first_year_weight,
    case
        when levels.is_top_level then 0
        else cells.promotion_rate
            * age_factors.promotion_multiplier * tenure_factors.promotion_multiplier * levels.promotion_multiplier
    end as promotion_probability
from aged
inner join cells on aged.cell = cells.cell
left join steered on aged.cell = steered.cell and map_extract_value(aged.groups, cells.steered_by) = steered.unit
inner join age_factors on greatest(aged.opening_age, 0) = age_factors.completed_years
inner join tenure_factors on greatest(aged.opening_tenure, 0) = tenure_factors.completed_years
inner join levels on aged.level_id = levels.level_id
left join retirement_ages
    on aged.opening_age = retirement_ages.completed_years
    and aged.opening_tenure >= retirement_ages.years_of_service
    and aged.opening_tenure < retirement_ages.next_years
