{{ config(materialized='table', tags=['heavy_transform']) }}

with seats as (

    select
        cell,
        unit,
        level_id,
        weight,
        unnest(range(hires::bigint)) as seat
    from {{ ref('fct_hires_by_level') }}
    where {{ this_year() }}

),

-- A level's seats are spread over the numbers by its weight (each seat at its middle), and not level by level: what
-- hire 17 becomes then hardly hangs on how many are hired, so that two growth rates share the hires they have in common.
positions as (

    select
        cell,
        unit,
        level_id,
        -- A level without weight may still be owed hires; they come last.
        row_number() over (
            partition by cell order by unit, round((seat + 0.5) / nullif(weight, 0), 9) nulls last, level_id
        ) as hire_number
    from seats

),

named as (

    select
        positions.cell,
        positions.unit,
        cells.random_seed,
        (needs.last_person_key + positions.hire_number)::integer as person_key,
        printf('NH_{{ var("simulation_year") }}_%06d', positions.hire_number) as employee_id,
        positions.level_id,
        needs.hires - needs.new_hire_exits as stayers
    from positions
    inner join {{ ref('int_workforce_needs') }} as needs on positions.cell = needs.cell and positions.unit = needs.unit
    inner join {{ ref('cells') }} as cells on positions.cell = cells.cell and {{ this_year('cells') }}

),

drawn as materialized (

    select
        *,
        {{ year_start() }} + {{ draw_days(draw('hire_date', 'employee_id'), days_in_year()) }} as drawn_date,
        {{ draw('hire_age', 'employee_id') }} as age_draw,
        {{ draw('birthday', 'employee_id') }} as birthday_draw,
        {{ normal_draw('hire_pay', 'employee_id') }} as pay_draw
    from named

),

-- Somebody hired on 31 December cannot leave in the year. Of those, as many stay as the year needs; the rest start a
-- day earlier, so that there are always enough candidates for the new hires' exits.
hired_last as (

    select person_key, row_number() over (partition by cell, unit order by employee_id) as place
    from drawn
    where drawn_date = {{ year_end() }}

),

dated as (

    select
        drawn.* exclude (drawn_date),
        case when hired_last.place > drawn.stayers then drawn.drawn_date - 1 else drawn.drawn_date end as hire_date
    from drawn
    left join hired_last on drawn.person_key = hired_last.person_key

),

ages as (

    select
        age,
        coalesce(sum(weight) over (order by age rows between unbounded preceding and 1 preceding), 0)
            / sum(weight) over () as share_before
    from {{ ref('new_hire_ages') }}

),

age_bounds as (

    select list(share_before order by age) as shares, list(age order by age) as ages
    from ages

),

aged as (

    select
        dated.*,
        age_bounds.ages[len(list_filter(age_bounds.shares, lambda share: share <= dated.age_draw))] as age_at_hire
    from dated
    cross join age_bounds

),

-- A hire has the hours and groups of a colleague: of somebody hired in the last three years in the same unit at the same
-- level, or of anybody there; where the level has nobody, of the whole unit, whose level is 0.
units_with_empty_levels as (

    select distinct hires.cell, hires.unit
    from {{ ref('fct_hires_by_level') }} as hires
    anti join {{ ref('int_opening_workforce') }} as people
        on hires.cell = people.cell and hires.unit = people.unit and hires.level_id = people.level_id
    where {{ this_year('hires') }}

),

staff as (

    select
        people.cell,
        people.unit,
        unnest(case when empty.unit is null then [people.level_id] else [people.level_id, 0] end) as level_id,
        people.person_key,
        people.hire_date > {{ year_end(-4) }} as is_recent,
        people.scheduled_hours_per_week,
        people.groups
    from {{ ref('int_opening_workforce') }} as people
    left join units_with_empty_levels as empty on people.cell = empty.cell and people.unit = empty.unit

),

pools as (

    select
        cell,
        unit,
        level_id,
        count(*) filter (where is_recent) as recently_hired,
        case when recently_hired > 0 then recently_hired else count(*) end as number
    from staff
    group by cell, unit, level_id

),

colleagues as (

    select
        staff.cell,
        staff.unit,
        staff.level_id,
        staff.scheduled_hours_per_week,
        staff.groups,
        row_number() over (partition by staff.cell, staff.unit, staff.level_id order by staff.person_key) as place
    from staff
    inner join pools on staff.cell = pools.cell and staff.unit = pools.unit and staff.level_id = pools.level_id
    where staff.is_recent or pools.recently_hired = 0

),

placed as (

    select
        aged.*,
        coalesce(of_level.level_id, 0) as colleague_level,
        1 + floor({{ draw('hire_colleague', 'aged.employee_id') }} * coalesce(of_level.number, of_unit.number))::bigint as place
    from aged
    left join pools as of_level
        on aged.cell = of_level.cell and aged.unit = of_level.unit and aged.level_id = of_level.level_id
    left join pools as of_unit
        on aged.cell = of_unit.cell and aged.unit = of_unit.unit and of_unit.level_id = 0

),

-- The birthday is any of the days that make the person exactly this old at hire.
born as (

    select
        *,
        (hire_date - to_years(age_at_hire + 1))::date + 1 as earliest_birth,
        (hire_date - to_years(age_at_hire))::date as latest_birth
    from placed

)

select
    born.cell,
    born.unit,
    born.person_key,
    born.employee_id,
    {{ var('simulation_year') }} as simulation_year,
    born.hire_date,
    born.earliest_birth + {{ draw_days('born.birthday_draw', 'born.latest_birth - born.earliest_birth + 1') }} as birth_date,
    born.age_at_hire,
    born.level_id,
    round(
        (levels.min_pay::double + (levels.max_pay - levels.min_pay)::double
            * least(greatest(levels.new_hire_pay_percentile + cells.new_hire_pay_percentile_spread * born.pay_draw, 0.20), 0.90))
        * levels.market_factor * cells.new_hire_pay_factor * cells.structure_factor::double,
        2
    )::decimal(18, 2) as annual_compensation,
    coalesce(cells.new_hire_hours_per_week, colleagues.scheduled_hours_per_week) as scheduled_hours_per_week,
    born.random_seed,
    colleagues.groups
from born
inner join {{ ref('levels') }} as levels on born.level_id = levels.level_id
inner join {{ ref('cells') }} as cells on born.cell = cells.cell and {{ this_year('cells') }}
inner join colleagues
    on born.cell = colleagues.cell
        and born.unit = colleagues.unit
        and born.colleague_level = colleagues.level_id
        and born.place = colleagues.place
order by born.person_key
