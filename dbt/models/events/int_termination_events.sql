{{ config(materialized='table', tags=['heavy_transform']) }}

{%- set a_little_more = 1.25 %}

-- Who of the opening workforce leaves: the quota says how many, the forces say who: those whose clocks ring first, of
-- exponential clocks that run at the speed of each person's force. Who has given notice leaves before anybody is drawn.
-- Where exits are random, those leave whose draw is below their own chance, and after them by the clock whom a reduction
-- in force takes.
with clocks as (

    select
        people.cell,
        people.unit,
        people.person_key,
        people.employee_id,
        needs.planned_exits,
        needs.experienced_exits,
        needs.exits_are_random and forces.exit_draw < forces.exit_probability as leaves_by_chance,
        case
            when forces.is_known_to_leave then -1
            when forces.exit_force > 0 then -ln(1 - forces.exit_draw) / forces.exit_force
            else 'infinity'::double
        end as exit_clock
    from {{ ref('int_opening_workforce') }} as people
    inner join {{ ref('int_exit_forces') }} as forces on people.person_key = forces.person_key
    inner join {{ ref('int_workforce_needs') }} as needs on people.cell = needs.cell and people.unit = needs.unit

),

-- By expectation as many clocks ring within the year as people leave; within a little more nearly always enough of them,
-- and then only they are put in order.
early as (

    select cell, unit, count(*) filter (where exit_clock < {{ a_little_more }}) >= any_value(experienced_exits) as are_enough
    from clocks
    group by cell, unit

),

ranked as (

    select
        clocks.person_key,
        clocks.experienced_exits,
        clocks.planned_exits,
        row_number() over (
            partition by clocks.cell, clocks.unit
            order by clocks.leaves_by_chance desc, clocks.exit_clock, clocks.employee_id
        ) as exit_rank
    from clocks
    inner join early on clocks.cell = early.cell and clocks.unit = early.unit
    where
        clocks.exit_clock < {{ a_little_more }}
        or clocks.leaves_by_chance
        or not early.are_enough

),

leavers as (

    select
        people.cell,
        people.unit,
        people.person_key,
        people.employee_id,
        people.random_seed,
        case when forces.is_known_to_leave then people.known_termination_date end as known_date,
        forces.retirement_share,
        forces.death_share,
        forces.disability_share,
        forces.first_year_days,
        forces.first_year_share,
        cells.involuntary_share,
        ranked.exit_rank,
        ranked.experienced_exits - ranked.planned_exits as extra_exits
    from {{ ref('int_opening_workforce') }} as people
    inner join {{ ref('int_exit_forces') }} as forces on people.person_key = forces.person_key
    inner join ranked on people.person_key = ranked.person_key
    inner join {{ ref('cells') }} as cells on people.cell = cells.cell and {{ this_year('cells') }}
    where ranked.exit_rank <= ranked.experienced_exits

),

drawn as (

    select
        *,
        {{ draw('termination_date', 'employee_id') }} as day_draw,
        {{ draw('exit_cause', 'employee_id') }} as cause_draw,
        case
            when known_date is not null then 'known'
            when cause_draw < retirement_share then 'retirement'
            when cause_draw < retirement_share + death_share then 'death'
            when cause_draw < retirement_share + death_share + disability_share then 'disability'
        end as cause
    from leavers

),

-- Exits beyond the planned ones are a reduction in force: as many of those who leave for no cause of their own.
caused as (

    select *, row_number() over (partition by cell, unit, cause order by exit_rank desc) <= extra_exits as is_extra
    from drawn

)

select
    cell,
    person_key,
    employee_id,
    {{ var('simulation_year') }} as simulation_year,
    -- The day follows the force, which is constant up to the anniversary of a hire and constant after it.
    coalesce(
        known_date,
        {{ year_start() }} + case when day_draw < first_year_share
            then {{ draw_days('day_draw / first_year_share', 'first_year_days') }}
            else first_year_days + {{ draw_days(
                '(day_draw - first_year_share) / (1 - first_year_share)', days_in_year() ~ ' - first_year_days') }}
        end
    ) as termination_date,
    {{ word('termination_reason', 'coalesce(cause, ' ~ termination_reason('is_extra') ~ ')') }} as termination_reason
from caused
