{{ config(materialized='table', tags=['heavy_transform']) }}

{%- set newton_steps = 40 %}

-- By what force each of the opening workforce leaves over the year, and with what probability (methodology 3). A hire of
-- the year before leaves as hires do until the anniversary; after it, like everybody, by turnover, retirement, death and
-- disability.
with recursive first_year_weights as (

    select cell, unit, {{ exact_sum('first_year_weight') }} / count(*) as mean_weight
    from {{ ref('int_opening_workforce') }}
    where first_year_weight is not null
    group by cell, unit

),

-- A rate holds from its age on until the table has another one.
health as (

    select
        -ln(1 - death_rate) as death_force,
        -ln(1 - disability_rate) as disability_force,
        unnest(range(age, lead(age, 1, 201) over (order by age))) as completed_years
    from {{ ref('death_and_disability_rates') }}

),

dated as (

    select
        people.cell,
        people.unit,
        people.person_key,
        people.turnover_weight,
        people.retirement_force,
        {{ draw('termination', 'people.employee_id', seed='people.random_seed') }} as exit_draw,
        coalesce(health.death_force, 0) as death_force,
        coalesce(health.disability_force, 0) as disability_force,
        coalesce(people.known_termination_date <= {{ year_end() }}, false) as is_known_to_leave,
        case when people.first_year_weight is null then 0
            else {{ anniversary('people.hire_date', 1) }} - {{ year_start() }}
        end::integer as first_year_days,
        coalesce(
            -ln(1 - planned.new_hire_termination_rate) * people.first_year_weight / nullif(first_year_weights.mean_weight, 0), 0
        ) as first_year_force
    from {{ ref('int_opening_workforce') }} as people
    inner join {{ ref('int_planned_exits') }} as planned on people.cell = planned.cell and people.unit = planned.unit
    left join first_year_weights on people.cell = first_year_weights.cell and people.unit = first_year_weights.unit
    -- Who has given notice leaves on no other day.
    left join health on case when people.known_termination_date is null then people.opening_age end = health.completed_years

),

parts as materialized (

    select
        cell,
        unit,
        person_key,
        exit_draw,
        is_known_to_leave,
        first_year_days,
        first_year_force * first_year_days / {{ days_in_year() }} as new_hire_part,
        retirement_force * (1 - first_year_days / {{ days_in_year() }}) as retirement_part,
        death_force * (1 - first_year_days / {{ days_in_year() }}) as death_part,
        disability_force * (1 - first_year_days / {{ days_in_year() }}) as disability_part,
        new_hire_part + retirement_part + death_part + disability_part as fixed_part,
        turnover_weight * (1 - first_year_days / {{ days_in_year() }}) as turnover_part
    from dated

),

-- Few, whatever the size of the census.
combinations as materialized (

    select cell, unit, fixed_part, turnover_part, count(*)::double as people
    from parts
    where not is_known_to_leave
    group by cell, unit, fixed_part, turnover_part

),

-- What is to be expected of those whom turnover does not reach, and how many it does reach.
reach as (

    select
        planned.cell,
        planned.unit,
        planned.expected_exits,
        coalesce(sum(people) filter (where turnover_part > 0), 0) as within_reach,
        coalesce({{ exact_sum('people * (1 - exp(-fixed_part))', 'turnover_part = 0') }}, 0) as leave_anyhow,
        {{ exact_sum('people * exp(-fixed_part)', 'turnover_part = 0') }} as stay_so_far
    from {{ ref('int_planned_exits') }} as planned
    left join combinations on planned.cell = combinations.cell and planned.unit = combinations.unit
    group by planned.cell, planned.unit, planned.expected_exits

),

-- The factor on all turnover at which as many exits are to be expected as the year has. Newton's method comes up to it
-- from zero, and stops where a step no longer leads on: at once, where the fixed parts alone are enough.
solved as (

    select cell, unit, expected_exits - leave_anyhow as wanted, 0 as step, 0::double as factor, true as leads_on
    from reach

    union all

    select cell, unit, wanted, step + 1, factor + gain, gain > factor * 1e-14
    from (
        select
            solved.cell,
            solved.unit,
            solved.wanted,
            solved.step,
            solved.factor,
            (wanted - {{ exact_sum('people * (1 - exp(-fixed_part - factor * turnover_part))') }})
                / nullif({{ exact_sum('people * turnover_part * exp(-fixed_part - factor * turnover_part)') }}, 0) as gain
        from combinations
        inner join solved on combinations.cell = solved.cell and combinations.unit = solved.unit
        where
            combinations.turnover_part > 0
            and solved.leads_on
            and solved.step < {{ newton_steps }}
        group by solved.cell, solved.unit, solved.wanted, solved.step, solved.factor
    )

),

factors as (

    select
        reach.cell,
        reach.unit,
        -- Where all within its reach have to leave, turnover has no bound; the others then share what is left of the exits.
        case when reach.expected_exits - reach.leave_anyhow > reach.within_reach - 1e-9
            then 'infinity'::double
            else max(solved.factor)
        end as factor,
        least(greatest((reach.expected_exits - reach.leave_anyhow - reach.within_reach) / reach.stay_so_far, 0), 1)
            as share_of_the_rest
    from reach
    inner join solved on reach.cell = solved.cell and reach.unit = solved.unit
    group by reach.cell, reach.unit, reach.expected_exits, reach.leave_anyhow, reach.within_reach, reach.stay_so_far

),

forces as (

    select
        parts.*,
        factors.share_of_the_rest,
        fixed_part + case when turnover_part > 0 then factors.factor * turnover_part else 0 end as exit_force
    from parts
    inner join factors on parts.cell = factors.cell and parts.unit = factors.unit

)

select
    cell,
    unit,
    person_key,
    -- The luck of the year: who leaves by chance, and at what speed the clock of everybody else runs.
    exit_draw,
    is_known_to_leave,
    exit_force,
    case
        when is_known_to_leave then 1
        when turnover_part > 0 then 1 - exp(-exit_force)
        else 1 - exp(-exit_force) * (1 - share_of_the_rest)
    end as exit_probability,
    -- Of those who leave, the part that does so for a cause of its own; who is made to leave beyond all forces has none.
    coalesce((1 - exp(-exit_force)) / nullif(exit_probability, 0) / nullif(exit_force, 0), 0) as share_of_force,
    retirement_part * share_of_force as retirement_share,
    death_part * share_of_force as death_share,
    disability_part * share_of_force as disability_share,
    first_year_days,
    -- Of those who leave, the part that does so before the anniversary.
    coalesce((1 - exp(-new_hire_part)) / nullif(1 - exp(-exit_force), 0), first_year_days / {{ days_in_year() }}) as first_year_share
from forces
