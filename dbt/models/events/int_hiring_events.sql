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
    inner join {{ ref('int_cells') }} as cells on positions.cell = cells.cell

),

drawn as (

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
dated as (

    select
        * exclude (drawn_date),
        case
            when drawn_date = {{ year_end() }}
                and row_number() over (partition by cell, unit, drawn_date order by employee_id) > stayers
                then drawn_date - 1
            else drawn_date
        end as hire_date
    from drawn

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

-- A hire has the groups of somebody hired in the last three years in the same unit, or of anybody there.
donors as (

    select
        cell,
        unit,
        groups,
        row_number() over (partition by cell, unit order by employee_id) as place,
        count(*) over (partition by cell, unit) as number
    from (
        select
            *,
            hire_date > {{ year_end(-4) }} as is_recent,
            bool_or(hire_date > {{ year_end(-4) }}) over (partition by cell, unit) as some_are_recent
        from {{ ref('int_opening_workforce') }}
        where groups is not null
    )
    where is_recent or not some_are_recent

),

placed as (

    select
        aged.*,
        1 + floor({{ draw('hire_groups', 'employee_id') }} * donor_counts.number)::bigint as place
    from aged
    left join (select distinct cell, unit, number from donors) as donor_counts
        on aged.cell = donor_counts.cell and aged.unit = donor_counts.unit

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
    born.level_id,
    round(
        (levels.min_pay::double + (levels.max_pay - levels.min_pay)::double
            * least(greatest(levels.new_hire_pay_percentile + cells.new_hire_pay_percentile_spread * born.pay_draw, 0.20), 0.90))
        * levels.market_factor * cells.new_hire_pay_factor * cells.structure_factor::double,
        2
    )::decimal(18, 2) as annual_compensation,
    cells.new_hire_hours_per_week as scheduled_hours_per_week,
    born.random_seed,
    donors.groups
from born
inner join {{ ref('levels') }} as levels on born.level_id = levels.level_id
inner join {{ ref('int_cells') }} as cells on born.cell = cells.cell
left join donors on born.cell = donors.cell and born.unit = donors.unit and born.place = donors.place
order by born.person_key
